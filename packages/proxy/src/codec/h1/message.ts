// HTTP/1.1 heads as the stack sees them: a request and a response over the parsed text.

import { HeadEdits } from '../../stack/head-edits.ts';
import type { RequestHead, ResponseHead } from '../../stack/http.ts';
import { H1Head } from './head.ts';
import { connectionNamed } from './hop-by-hop.ts';
import { KNOWN } from './known-header.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { parseRequestHead, type RequestLine } from './parse-head.ts';

export class H1RequestHead extends H1Head implements RequestHead, RequestLine {
  method = '';
  target = '';
  path = '';
  query = '';
  authority = '';
  isAuthorityReplaced = false;
  edits = new HeadEdits();

  override reset(text: string): void {
    super.reset(text);
    this.path = '';
    this.query = '';
    this.authority = '';
    this.isAuthorityReplaced = false;
    this.edits = new HeadEdits();
  }

  get protocol(): string {
    return this.minorVersion === 1 ? 'HTTP/1.1' : 'HTTP/1.0';
  }

  /** Lets go of the text, which may be large, until the next request. */
  forget(): void {
    this.text = '';
    this.count = 0;
    this.present = 0;
    this.method = '';
    this.target = '';
    this.path = '';
    this.query = '';
    this.authority = '';
  }

  /** RFC 9112 6.3: a request without either length has no body. */
  get hasBody(): boolean {
    return this.isChunked || this.contentLength > 0;
  }

  get isUpgrade(): boolean {
    return (
      this.wantsUpgrade && this.minorVersion === 1 && isForwardedUpgrade(this.known(KNOWN.upgrade) ?? '')
    );
  }

  /** `100-continue` of a client that waits for it: HTTP/1.0 knows none (RFC 9110 10.1.1). */
  get expectsContinue(): boolean {
    return (this.present & (1 << KNOWN.expect)) !== 0 && this.minorVersion === 1;
  }

  /** Sees added and dropped lines, so that policies and later filters act on what will be sent. */
  override header(name: string): string | undefined {
    const { edits } = this;
    const isForThisHop = this.connectionNames !== null && connectionNamed(this.connectionNames)?.has(name);
    return edits.valueOf(name, isForThisHop ? undefined : super.header(name, edits.dropMask));
  }
}

/**
 * Whether an Upgrade goes on to the endpoint. What leads to another HTTP does not: the requests inside such a tunnel
 * would pass every policy by.
 */
function isForwardedUpgrade(value: string): boolean {
  if (value === '') return false;
  return value
    .toLowerCase()
    .split(',')
    .every((protocol) => !/^[ \t]*(?:h2|h3|http|tls)/.test(protocol));
}

/** A request that outlives its connection's own, which is used again: for copies (mirrors). */
export function copyRequest(request: H1RequestHead): H1RequestHead {
  const copy = new H1RequestHead();
  copy.reset(request.text);
  // It was accepted before, so it is again.
  parseRequestHead(copy, copy, DEFAULT_LIMITS);
  const { path, query, authority, isAuthorityReplaced, edits } = request;
  Object.assign(copy, { path, query, authority, isAuthorityReplaced });
  copy.edits.dropMask = edits.dropMask;
  copy.edits.dropNames = edits.dropNames;
  copy.edits.added.push(...edits.added);
  return copy;
}

export class H1ResponseHead extends H1Head implements ResponseHead {
  status = 0;
  edits = new HeadEdits();

  override reset(text: string): void {
    super.reset(text);
    this.status = 0;
    this.edits = new HeadEdits();
  }

  override header(name: string): string | undefined {
    const { edits } = this;
    return edits.valueOf(name, super.header(name, edits.dropMask));
  }
}
