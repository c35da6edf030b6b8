// The strict head parser (RFC 9112 sections 2–6): one pass over the text, nothing lenient. A refusal is a constant.

import { KNOWN } from '../../stack/known-header.ts';
import { COLON, CR, FIELD_VALUE, LF, SP, TAB, TARGET, TOKEN } from '../characters.ts';
import type { H1Head } from './head.ts';
import type { H1Limits } from './limits.ts';
import { type H1Refusal, REFUSALS } from './refusal.ts';

/** A request's start line, beside its head. */
export interface RequestLine {
  method: string;
  /** As sent: origin, absolute, authority or asterisk form (RFC 9112 3.2). */
  target: string;
}

/** Parses head.text as a request; the refusal where it is not one, undefined when all is well. */
export function parseRequestHead(head: H1Head, line: RequestLine, limits: H1Limits): H1Refusal | undefined {
  const text = head.text;
  let at = 0;
  while (TOKEN[text.charCodeAt(at)] === 1) at++;
  if (at === 0 || text.charCodeAt(at) !== SP) return REFUSALS.startLine;
  line.method = methodName(text, at);
  const targetStart = ++at;
  while (TARGET[text.charCodeAt(at)] === 1) at++;
  if (text.charCodeAt(at) !== SP) return text.charCodeAt(at) === CR ? REFUSALS.startLine : REFUSALS.target;
  if (at === targetStart) return REFUSALS.startLine;
  line.target = text.slice(targetStart, at);
  const refusal = parseVersion(head, at + 1);
  if (refusal !== undefined) return refusal;
  at += 9;
  if (at > limits.startLineBytes) return REFUSALS.startLineTooLong;
  if (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) return REFUSALS.lineEnd;
  return parseFields(head, at + 2, limits) ?? checkRequest(head);
}

/** Parses head.text as a response; answers its status, or the refusal. */
export function parseResponseHead(head: H1Head, limits: H1Limits): number | H1Refusal {
  const text = head.text;
  const refusal = parseVersion(head, 0);
  if (refusal !== undefined) return REFUSALS.statusLine;
  if (text.charCodeAt(8) !== SP) return REFUSALS.statusLine;
  const status =
    (text.charCodeAt(9) - 48) * 100 + (text.charCodeAt(10) - 48) * 10 + (text.charCodeAt(11) - 48);
  for (let i = 9; i < 12; i++)
    if (text.charCodeAt(i) < 48 || text.charCodeAt(i) > 57) return REFUSALS.statusLine;
  if (status < 100 || status > 599) return REFUSALS.statusLine;
  let at = 12;
  // The space before an empty reason phrase is demanded by RFC 9112 4, and left out by many servers.
  if (text.charCodeAt(at) === SP) at++;
  else if (text.charCodeAt(at) !== CR) return REFUSALS.statusLine;
  while (FIELD_VALUE[text.charCodeAt(at)] === 1) at++;
  if (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) return REFUSALS.lineEnd;
  if (at > limits.startLineBytes) return REFUSALS.startLineTooLong;
  return parseFields(head, at + 2, limits) ?? checkLengths(head) ?? status;
}

/** Parses header lines from `at` to the empty line that ends head.text; also used for trailers. */
export function parseFields(head: H1Head, start: number, limits: H1Limits): H1Refusal | undefined {
  const text = head.text;
  const end = text.length - 2;
  let at = start;
  while (at < end) {
    if (head.count === limits.headerCount) return REFUSALS.tooManyHeaders;
    const nameStart = at;
    while (TOKEN[text.charCodeAt(at)] === 1) at++;
    const nameEnd = at;
    if (nameEnd === nameStart) {
      const first = text.charCodeAt(at);
      return first === SP || first === TAB ? REFUSALS.lineFolding : REFUSALS.headerName;
    }
    if (text.charCodeAt(at) !== COLON) return REFUSALS.headerName;
    at++;
    while (text.charCodeAt(at) === SP || text.charCodeAt(at) === TAB) at++;
    const valueStart = at;
    while (FIELD_VALUE[text.charCodeAt(at)] === 1) at++;
    if (text.charCodeAt(at) !== CR)
      return text.charCodeAt(at) === LF ? REFUSALS.lineEnd : REFUSALS.headerValue;
    if (text.charCodeAt(at + 1) !== LF) return REFUSALS.lineEnd;
    let valueEnd = at;
    while (
      valueEnd > valueStart &&
      (text.charCodeAt(valueEnd - 1) === SP || text.charCodeAt(valueEnd - 1) === TAB)
    )
      valueEnd--;
    const repeated = head.present;
    const id = head.addLine(nameStart, nameEnd, valueStart, valueEnd);
    if (id !== 0 && id <= KNOWN.connection) {
      const refusal = noteFraming(head, id, valueStart, valueEnd, repeated);
      if (refusal !== undefined) return refusal;
    }
    at += 2;
  }
  return undefined;
}

/** What Host, Content-Length, Transfer-Encoding and Connection say about the message's own framing. */
function noteFraming(
  head: H1Head,
  id: number,
  start: number,
  end: number,
  repeated: number,
): H1Refusal | undefined {
  const isRepeated = (repeated & (1 << id)) !== 0;
  switch (id) {
    case KNOWN.host:
      return isRepeated ? REFUSALS.host : undefined;
    case KNOWN['content-length']: {
      // A repeated value, even an equal one, is how requests are smuggled: RFC 9112 6.3 lets us refuse.
      if (isRepeated || end === start || end - start > 15) return REFUSALS.contentLength;
      let length = 0;
      for (let i = start; i < end; i++) {
        const digit = head.text.charCodeAt(i) - 48;
        if (digit < 0 || digit > 9) return REFUSALS.contentLength;
        length = length * 10 + digit;
      }
      head.contentLength = length;
      return undefined;
    }
    case KNOWN['transfer-encoding']:
      if (isRepeated || head.text.slice(start, end).toLowerCase() !== 'chunked')
        return REFUSALS.transferEncoding;
      head.isChunked = true;
      return undefined;
    default:
      return noteConnection(head, head.text.slice(start, end));
  }
}

function noteConnection(head: H1Head, value: string): H1Refusal | undefined {
  if (value === 'keep-alive') {
    head.wantsKeepAlive = true;
    return undefined;
  }
  for (const part of value.toLowerCase().split(',')) {
    const token = trimmed(part);
    if (token === 'close') head.wantsClose = true;
    else if (token === 'keep-alive') head.wantsKeepAlive = true;
    else if (token === 'upgrade') head.wantsUpgrade = true;
    else if (token !== '') (head.connectionNames ??= []).push(token);
  }
  return undefined;
}

/** Without optional white space, which is SP and HTAB alone (RFC 9110 5.6.3): trim() takes more for it. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === SP || code === TAB;
}

/** RFC 9112 6.1 and 6.3: a message that says its length twice is refused, not repaired. */
function checkLengths(head: H1Head): H1Refusal | undefined {
  if (!head.isChunked) return undefined;
  if (head.contentLength >= 0) return REFUSALS.bothLengths;
  return head.minorVersion === 0 ? REFUSALS.transferEncodingVersion : undefined;
}

function checkRequest(head: H1Head): H1Refusal | undefined {
  if (head.minorVersion === 1 && (head.present & (1 << KNOWN.host)) === 0) return REFUSALS.host;
  const expect = head.known(KNOWN.expect);
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return REFUSALS.expectation;
  return checkLengths(head);
}

function parseVersion(head: H1Head, at: number): H1Refusal | undefined {
  const text = head.text;
  if (!text.startsWith('HTTP/', at)) return REFUSALS.startLine;
  const minor = text.charCodeAt(at + 7) - 48;
  if (text.charCodeAt(at + 6) !== 46 || minor < 0 || minor > 9) return REFUSALS.startLine;
  if (text.charCodeAt(at + 5) !== 49 || minor > 1) return REFUSALS.version;
  head.minorVersion = minor;
  return undefined;
}

/** The usual methods without cutting a new string. */
function methodName(text: string, end: number): string {
  switch (text.charCodeAt(0)) {
    case 71:
      if (end === 3 && text.startsWith('GET')) return 'GET';
      break;
    case 80:
      if (end === 4 && text.startsWith('POST')) return 'POST';
      if (end === 3 && text.startsWith('PUT')) return 'PUT';
      break;
    case 72:
      if (end === 4 && text.startsWith('HEAD')) return 'HEAD';
      break;
    case 68:
      if (end === 6 && text.startsWith('DELETE')) return 'DELETE';
      break;
  }
  return text.slice(0, end);
}
