// HTTP/1.1 heads as the stack sees them: a request and a response over the parsed text.

import { HeadEdits } from '../../stack/head-edits.ts';
import { connectionNamed, HOP_BY_HOP_MASK } from '../../stack/hop-by-hop.ts';
import type { LineSink, RequestHead, ResponseHead } from '../../stack/http.ts';
import { KNOWN } from '../../stack/known-header.ts';
import { H1Head } from './head.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { parseRequestHead, type RequestLine } from './parse-head.ts';

export class H1RequestHead extends H1Head implements RequestHead, RequestLine {
  readonly version = 'http1';
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

  get upgrade(): string | undefined {
    if (!this.wantsUpgrade || this.minorVersion === 0) return undefined;
    const protocols = this.known(KNOWN.upgrade)?.toLowerCase() ?? '';
    return isForwardedUpgrade(protocols) ? protocols : undefined;
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

  forward(sink: LineSink): void {
    forwardLines(this, HOP_BY_HOP_MASK | (1 << KNOWN.host), sink);
  }

  copy(): H1RequestHead {
    return copyRequest(this);
  }
}

/**
 * Whether an Upgrade goes on to the endpoint. What leads to another HTTP does not: the requests inside such a tunnel
 * would pass every policy by.
 */
function isForwardedUpgrade(protocols: string): boolean {
  if (protocols === '') return false;
  return protocols.split(',').every((protocol) => !/^[ \t]*(?:h2|h3|http|tls)/.test(protocol));
}

/** A request that outlives its connection's own, which is used again. */
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
  copy.edits.acceptsTrailers = edits.acceptsTrailers;
  return copy;
}

export class H1ResponseHead extends H1Head implements ResponseHead {
  readonly version = 'http1';
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

  forward(sink: LineSink): void {
    forwardLines(this, HOP_BY_HOP_MASK, sink);
  }
}

/** For a next hop of another version; HTTP/1.1 to HTTP/1.1 copies runs of text instead (write-head.ts). */
function forwardLines(head: H1RequestHead | H1ResponseHead, hidden: number, sink: LineSink): void {
  const { edits } = head;
  const mask = (hidden | edits.dropMask) & ~1;
  const dropped = edits.dropNames;
  const forThisHop = connectionNamed(head.connectionNames);
  for (let line = 0; line < head.count; line++) {
    const id = head.id(line);
    if (((1 << id) & mask) !== 0) continue;
    const name = head.name(line);
    if (dropped?.has(name) || forThisHop?.has(name)) continue;
    sink(name, head.value(line), id);
  }
  edits.forward(hidden, sink);
}
