// Writes heads as one latin1 string: runs of lines that stay are copied whole, so that the usual head costs one slice.

import type { HeadEdits } from '../../stack/head-edits.ts';
import type { Trailers } from '../../stack/http.ts';
import type { H1Head } from './head.ts';
import { connectionNamed, HOP_BY_HOP_MASK } from './hop-by-hop.ts';
import { KNOWN } from './known-header.ts';
import type { H1RequestHead, H1ResponseHead } from './message.ts';

/** A request for the next hop, which is always HTTP/1.1 and persistent. */
export function writeRequestHead(head: H1RequestHead): string {
  const target = head.query === '' ? head.path : `${head.path}?${head.query}`;
  // Without a host of its own (HTTP/1.0, or replaced by a rewrite) the request gets the one that was decided.
  const hasHost = (head.present & (1 << KNOWN.host)) !== 0 && !head.isAuthorityReplaced;
  let out = `${head.method} ${target} HTTP/1.1\r\n`;
  if (!hasHost) out += `host: ${head.authority}\r\n`;
  out += keptLines(
    head,
    HOP_BY_HOP_MASK | head.edits.dropMask | (hasHost ? 0 : 1 << KNOWN.host),
    head.edits.dropNames,
  );
  out += addedLines(head.edits);
  if (head.isChunked) out += 'transfer-encoding: chunked\r\n';
  if (head.isUpgrade) out += `connection: upgrade\r\nupgrade: ${head.known(KNOWN.upgrade)}\r\n`;
  // TE passes on the one thing that end points use it for (RFC 9110 10.1.4).
  else if (head.known(KNOWN.te)?.toLowerCase() === 'trailers') out += 'te: trailers\r\nconnection: te\r\n';
  return `${out}\r\n`;
}

/** How the body of a response goes to the client. */
export type ResponseFraming = 'none' | 'content-length' | 'chunked' | 'until-close';

/** `persistence`: the Connection line that the client is owed; '' where the version's default holds. */
export function writeResponseHead(
  head: H1ResponseHead,
  framing: ResponseFraming,
  persistence: '' | 'close' | 'keep-alive',
): string {
  let out = `HTTP/1.1 ${startLineTail(head)}`;
  const mask =
    HOP_BY_HOP_MASK |
    head.edits.dropMask |
    (mayTellLength(head.status, framing) ? 0 : 1 << KNOWN['content-length']);
  out += keptLines(head, mask, head.edits.dropNames) + addedLines(head.edits);
  if (framing === 'chunked') out += 'transfer-encoding: chunked\r\n';
  if (head.status === 101) out += `connection: upgrade\r\nupgrade: ${head.known(KNOWN.upgrade) ?? ''}\r\n`;
  else if (persistence !== '') out += `connection: ${persistence}\r\n`;
  return `${out}\r\n`;
}

/** RFC 9110 8.6: not where the body is framed otherwise, nor in 1xx and 204; in HEAD and 304 it is what GET would say. */
function mayTellLength(status: number, framing: ResponseFraming): boolean {
  return framing === 'content-length' || (framing === 'none' && status >= 200 && status !== 204);
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

/** The trailer section after the last chunk. */
export function writeTrailers(trailers: Trailers | undefined): string {
  if (trailers === undefined || trailers.length === 0) return '0\r\n\r\n';
  return `0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}
