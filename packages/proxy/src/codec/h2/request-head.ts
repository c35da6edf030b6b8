// The head of a request: pseudo-headers (RFC 9113 8.3.1), CONNECT (8.5) and extended CONNECT (RFC 8441).

import type { RequestHead } from '../../stack/http.ts';
import { KNOWN } from '../../stack/known-header.ts';
import { TARGET, TOKEN } from '../characters.ts';
import { PSEUDO } from './hpack/pseudo.ts';
import { H2MessageHead } from './message-head.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';

const HOST = KNOWN.host;
/** A URI's scheme (RFC 3986 3.1). It goes no further: the next hop has its own. */
const SCHEME = /^[a-z][a-z0-9+.-]*$/i;

export class H2RequestHead extends H2MessageHead implements RequestHead {
  method = '';
  target = '';
  path = '';
  query = '';
  authority = '';
  isAuthorityReplaced = false;
  upgrade: string | undefined;
  hasBody = false;
  readonly protocol = 'HTTP/2';
  #scheme: string | undefined;
  #protocol: string | undefined;
  #authority: string | undefined;
  #isPathSent = false;

  protected override takePseudo(id: number, value: string): boolean {
    switch (id) {
      case PSEUDO[':method']:
        if (this.method !== '' || !isAll(value, TOKEN)) return this.#refuse(REFUSALS.method);
        this.method = value;
        return true;
      case PSEUDO[':path']:
        if (this.#isPathSent) return false;
        this.#isPathSent = true;
        this.target = value;
        return true;
      case PSEUDO[':scheme']:
        if (this.#scheme !== undefined) return false;
        this.#scheme = value;
        return SCHEME.test(value);
      case PSEUDO[':authority']:
        if (this.#authority !== undefined) return false;
        this.#authority = value;
        // Read as Host is, by everything that asks for it.
        this.add('host', value, HOST);
        return true;
      case PSEUDO[':protocol']:
        if (this.#protocol !== undefined) return false;
        this.#protocol = value.toLowerCase();
        return isAll(value, TOKEN);
      default:
        return false;
    }
  }

  #refuse(refusal: H2Refusal): boolean {
    this.refusal = refusal;
    return false;
  }

  protected override add(name: string, value: string, id: number): void {
    // Not twice, and nothing else than :authority (RFC 9113 8.3.1): another hop might believe the other one.
    if (id === HOST && (this.present & (1 << HOST)) !== 0) {
      if (this.known(HOST)?.toLowerCase() !== value.toLowerCase()) this.refusal ??= REFUSALS.authority;
    } else super.add(name, value, id);
  }

  /** After the last field; `isEnd`: no body follows. */
  finish(isEnd: boolean): H2Refusal | undefined {
    if (this.refusal !== undefined) return this.refusal;
    if (this.method === '') return REFUSALS.pseudo;
    const host = this.known(HOST);
    if (host !== undefined && !isAuthority(host)) return REFUSALS.authority;
    if (this.method === 'CONNECT') return this.#finishConnect(isEnd);
    if (this.#scheme === undefined || !this.#isPathSent || this.#protocol !== undefined)
      return REFUSALS.pseudo;
    if (!isPath(this.target, this.method)) return REFUSALS.path;
    this.hasBody = !isEnd;
    return isEnd && this.contentLength > 0 ? REFUSALS.bodyLength : undefined;
  }

  #finishConnect(isEnd: boolean): H2Refusal | undefined {
    if (this.#authority === undefined || this.#authority === '') return REFUSALS.authority;
    // What follows is a tunnel's, and has no length.
    if (this.contentLength >= 0) return REFUSALS.contentLength;
    if (this.#protocol === undefined) {
      if (this.#scheme !== undefined || this.#isPathSent) return REFUSALS.pseudo;
      this.target = this.#authority;
      this.hasBody = !isEnd;
      return undefined;
    }
    if (this.#scheme === undefined || !isPath(this.target, 'GET')) return REFUSALS.pseudo;
    this.method = 'GET';
    this.upgrade = this.#protocol;
    return undefined;
  }

  copy(): H2RequestHead {
    const copy = new H2RequestHead();
    const { method, target, path, query, authority, isAuthorityReplaced, upgrade, hasBody } = this;
    Object.assign(copy, { method, target, path, query, authority, isAuthorityReplaced, upgrade, hasBody });
    copy.copyFields(this);
    return copy;
  }
}

function isAll(text: string, table: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (table[text.charCodeAt(i)] !== 1) return false;
  return text.length > 0;
}

/** Origin form, or the asterisk of OPTIONS. In a request line of HTTP/1.1 it stays one word. */
function isPath(path: string, method: string): boolean {
  if (path.charCodeAt(0) !== 47) return path === '*' && method === 'OPTIONS';
  return isAll(path, TARGET);
}

/** Characters only; router and policies have a normal form for the rest. User information is none (RFC 9113 8.3.1). */
function isAuthority(host: string): boolean {
  return host === '' || (isAll(host, TARGET) && !/[@/?#\\]/.test(host));
}
