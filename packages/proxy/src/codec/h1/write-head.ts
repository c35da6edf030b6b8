// Writes heads as one latin1 string: runs of lines that stay are copied whole, so that the usual head costs one slice.
// Heads of another version, or that a layer has wrapped, are written line by line.

import type { HeadEdits } from '../../stack/head-edits.ts';
import { connectionNamed, HOP_BY_HOP_MASK } from '../../stack/hop-by-hop.ts';
import type { RequestHead, ResponseHead, Trailers } from '../../stack/http.ts';
import { bit, KNOWN } from '../../stack/known-header.ts';
import type { H1Head } from './head.ts';
import { H1RequestHead, H1ResponseHead } from './message.ts';
import { reasonPhrase } from './reason-phrase.ts';
import { webSocketAccept } from './websocket-key.ts';

/**
 * A request for the next hop, which is always HTTP/1.1 and persistent. `webSocketKey`: of a WebSocket that came by a
 * version that has none.
 */
export function writeRequestHead(head: RequestHead, webSocketKey?: string): string {
  const target = head.query === '' ? head.path : `${head.path}?${head.query}`;
  let out = `${head.method} ${target} HTTP/1.1\r\n`;
  if (!(head instanceof H1RequestHead) && !REQUEST_LINE.test(out)) throw new UnwritableHead('request line');
  out += head instanceof H1RequestHead ? copiedRequestLines(head) : translatedRequestLines(head);
  if (isChunkedRequest(head)) out += 'transfer-encoding: chunked\r\n';
  const { upgrade } = head;
  if (upgrade !== undefined) {
    // As it was written: endpoints may mind the case.
    out += `connection: upgrade\r\nupgrade: ${head.known(KNOWN.upgrade) ?? upgrade}\r\n`;
    if (webSocketKey !== undefined) out += `sec-websocket-key: ${webSocketKey}\r\n`;
  }
  // TE passes on the one thing that end points use it for (RFC 9110 10.1.4).
  else if (head.edits.acceptsTrailers || head.known(KNOWN.te)?.toLowerCase() === 'trailers')
    out += 'te: trailers\r\nconnection: te\r\n';
  return `${out}\r\n`;
}

export function isChunkedRequest(head: RequestHead): boolean {
  return head.hasBody && sentLength(head) < 0;
}

/** The Content-Length that goes on to the next hop; -1 where none does, also because a layer has taken it away. */
export function sentLength({ contentLength, edits }: RequestHead | ResponseHead): number {
  const isDropped = (edits.dropMask & bit(KNOWN['content-length'])) !== 0;
  return isDropped || edits.dropNames?.has('content-length') === true ? -1 : contentLength;
}

function copiedRequestLines(head: H1RequestHead): string {
  // Without a host of its own (HTTP/1.0, or replaced by a rewrite) the request gets the one that was decided.
  const hasHost = (head.present & (1 << KNOWN.host)) !== 0 && !head.isAuthorityReplaced;
  const mask = HOP_BY_HOP_MASK | head.edits.dropMask | (hasHost ? 0 : 1 << KNOWN.host);
  const host = hasHost ? '' : `host: ${head.authority}\r\n`;
  return host + keptLines(head, mask, head.edits.dropNames) + addedLines(head.edits);
}

function translatedRequestLines(head: RequestHead): string {
  // As received, unless it was decided otherwise: as HTTP/1.1 to HTTP/1.1 does it.
  const received = head.isAuthorityReplaced ? undefined : head.known(KNOWN.host);
  const host = checkedLine('host', received ?? head.authority);
  // HTTP/2 says it by ending the stream; here some servers insist on a length (RFC 9110 8.6).
  const isEmpty = !head.hasBody && sentLength(head) < 0 && /^P(?:OST|UT|ATCH)$/.test(head.method);
  return host + translatedLines(head) + (isEmpty ? 'content-length: 0\r\n' : '');
}

/** How the body of a response goes to the client. */
export type ResponseFraming = 'none' | 'content-length' | 'chunked' | 'until-close';

/**
 * `persistence`: the Connection line that the client is owed; '' where the version's default holds. `request` is what
 * is answered.
 */
export function writeResponseHead(
  head: ResponseHead,
  framing: ResponseFraming,
  persistence: '' | 'close' | 'keep-alive',
  request: RequestHead,
): string {
  let out =
    head instanceof H1ResponseHead
      ? copiedResponse(head, framing)
      : `HTTP/1.1 ${head.status} ${reasonPhrase(head.status)}\r\n${translatedLines(head, hiddenLength(head.status, framing))}`;
  if (framing === 'chunked') out += 'transfer-encoding: chunked\r\n';
  if (head.status === 101) out += switchedLines(head, request);
  else if (persistence !== '') out += `connection: ${persistence}\r\n`;
  return `${out}\r\n`;
}

function copiedResponse(head: H1ResponseHead, framing: ResponseFraming): string {
  const mask = HOP_BY_HOP_MASK | head.edits.dropMask | hiddenLength(head.status, framing);
  return `HTTP/1.1 ${startLineTail(head)}${keptLines(head, mask, head.edits.dropNames)}${addedLines(head.edits)}`;
}

/** RFC 9110 7.8. */
function switchedLines(head: ResponseHead, request: RequestHead): string {
  if (head instanceof H1ResponseHead) {
    return `connection: upgrade\r\nupgrade: ${head.known(KNOWN.upgrade) ?? ''}\r\n`;
  }
  const key = request.header('sec-websocket-key');
  const accept = key === undefined ? '' : `sec-websocket-accept: ${webSocketAccept(key)}\r\n`;
  return `connection: upgrade\r\nupgrade: ${request.upgrade}\r\n${accept}`;
}

/** RFC 9110 8.6: not where the body is framed otherwise, nor in 1xx and 204; in HEAD and 304 it is what GET would say. */
function hiddenLength(status: number, framing: ResponseFraming): number {
  const isTold = framing === 'content-length' || (framing === 'none' && status >= 200 && status !== 204);
  return isTold ? 0 : 1 << KNOWN['content-length'];
}

/** Status and reason phrase as received, CRLF included: `200 OK\r\n`. */
function startLineTail(head: H1ResponseHead): string {
  const end = head.text.indexOf('\r\n', 9);
  // The space stays where the reason is left out (RFC 9112 4), even if the endpoint left it out too.
  return end === 12 ? `${head.status} \r\n` : head.text.slice(9, end + 2);
}

function keptLines(head: H1Head, mask: number, names: ReadonlySet<string> | null): string {
  const connectionNames = connectionNamed(head.connectionNames);
  if (head.count === 0) return '';
  if ((head.present & mask) === 0 && names === null && connectionNames === null) {
    return head.text.slice(head.lineStart(0), head.text.length - 2);
  }
  let out = '';
  let run = -1;
  for (let line = 0; line < head.count; line++) {
    const isKept =
      ((1 << head.id(line)) & mask & ~1) === 0 &&
      (names === null || !names.has(head.name(line))) &&
      (connectionNames === null || !connectionNames.has(head.name(line)));
    if (isKept) {
      if (run < 0) run = head.lineStart(line);
    } else if (run >= 0) {
      out += head.text.slice(run, head.lineStart(line));
      run = -1;
    }
  }
  return run < 0 ? out : out + head.text.slice(run, head.text.length - 2);
}

function addedLines(edits: HeadEdits): string {
  let out = '';
  for (let i = 0; i < edits.added.length; i += 2) out += `${edits.added[i]}: ${edits.added[i + 1]}\r\n`;
  return out;
}

/** The lines of a head of another version. `hidden`: bit set of KNOWN ids that are left out. */
function translatedLines(head: RequestHead | ResponseHead, hidden = 0): string {
  let out = '';
  head.forward((name, value, id) => {
    if (((1 << id) & hidden & ~1) === 0) out += checkedLine(name, value);
  });
  return out;
}

/** What ends a line, or what some take for that. */
const LINE_END = /[\r\n\0]/;
const REQUEST_LINE = /^[^\s]+ [^\s]+ HTTP\/1\.1\r\n$/;

/**
 * The other codec has refused such values already (RFC 9113 8.2.1). What slipped through would be a second request,
 * so this is checked where it would become one.
 */
function checkedLine(name: string, value: string): string {
  if (LINE_END.test(value) || LINE_END.test(name)) throw new UnwritableHead(name);
  return `${name}: ${value}\r\n`;
}

/** The head has a line that can not be written in HTTP/1.1. */
export class UnwritableHead extends Error {
  constructor(name: string) {
    super(`${JSON.stringify(name)} would be more than one line`);
  }
}

/** The trailer section after the last chunk; a field that would be more than one line is none. */
export function writeTrailers(trailers: Trailers | undefined): string {
  if (trailers === undefined || trailers.length === 0) return '0\r\n\r\n';
  const lines = trailers.filter(([name, value]) => !LINE_END.test(value) && !LINE_END.test(name));
  return `0\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}
