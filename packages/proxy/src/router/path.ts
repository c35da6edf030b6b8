// The request target in its one normal form, before any route or policy sees it, and as it is sent on: what was
// checked is what the endpoint gets (docs/decisions/0003-path-normalisation.md).
//
// In: the target as received, one character for each byte. Out: path and query, and the authority of an
// absolute-form target; or why the target is refused, which is answered 400.

import { type PathRefusal, rewritePath } from './path-segments.ts';

export type TargetRefusal = PathRefusal | 'malformed_target' | 'connect_not_supported';

/** What is wrong, for the answer's body. */
export const TARGET_REFUSALS: Readonly<Record<TargetRefusal, string>> = {
  malformed_target: 'the request target is neither a path, an http URL nor *',
  connect_not_supported: 'CONNECT is not supported',
  invalid_character: 'the path has a character that must not be there',
  invalid_escape: 'the path has a % that is not followed by two hexadecimal digits',
  escaped_slash: 'the path has an escaped slash or backslash (%2F, %5C)',
  escaped_control: 'the path has an escaped control character',
  above_root: 'the path has more .. than elements before them',
  dot_segment_parameters: 'the path has parameters on a . or .. segment',
};

/** Where the parts are written; a codec's head can be one itself, so that nothing is allocated. */
export interface TargetParts {
  /** Begins with `/`; or is `*`. */
  path: string;
  /** As received, without `?`; '' where there is none. */
  query: string;
  /** Written for an absolute-form target alone, lower-case: it replaces Host (RFC 9112 3.2.2). */
  authority: string;
}

/** Writes the parts of a target into `into`; returns why it is refused, undefined when it is not. */
export function parseTarget(method: string, target: string, into: TargetParts): TargetRefusal | undefined {
  if (method === 'CONNECT') return 'connect_not_supported';
  if (target.charCodeAt(0) === SLASH) return parsePath(target, 0, into);
  if (target === '*') {
    // RFC 9112 3.2.4: asterisk-form is for OPTIONS alone.
    if (method !== 'OPTIONS') return 'malformed_target';
    into.path = '*';
    into.query = '';
    return undefined;
  }
  return parseAbsolute(method, target, into);
}

/** A text that a person wrote as a codec reads it: one character for each byte of its UTF-8. */
export function toBytes(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
}

/**
 * RFC 9112 3.2.2. User information is refused (RFC 9110 4.2.4), other schemes are not ours, and neither are escapes in
 * a host, which no name in use needs and policies would not see through.
 */
const ABSOLUTE = /^https?:\/\/([a-z0-9._~!$&'()*+,;=-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(?=[/?]|$)/i;

function parseAbsolute(method: string, target: string, into: TargetParts): TargetRefusal | undefined {
  const match = ABSOLUTE.exec(target);
  if (match === null) return 'malformed_target';
  const [origin, host = '', port = ''] = match;
  into.authority = (host + port).toLowerCase();
  if (target.length > origin.length) {
    return target[origin.length] === '/'
      ? parsePath(target, origin.length, into)
      : parsePath(`/${target.slice(origin.length)}`, 0, into);
  }
  // RFC 9112 3.2.4: OPTIONS for a server as a whole, in absolute form.
  into.path = method === 'OPTIONS' ? '*' : '/';
  into.query = '';
  return undefined;
}

const SLASH = 0x2f;
const DOT = 0x2e;
const QUESTION_MARK = 0x3f;

/** What a character means for the scan. Characters that are no ASCII are odd. */
const PLAIN = 0;
const ODD = 1;
const CLASS = new Uint8Array(256).fill(ODD);
for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@/") {
  CLASS[char.charCodeAt(0)] = PLAIN;
}

/** One scan decides whether the path is in normal form already, as nearly all are. */
function parsePath(target: string, start: number, into: TargetParts): TargetRefusal | undefined {
  let end = start + 1;
  let isNormal = true;
  let isSegmentStart = true;
  for (; end < target.length; end++) {
    const code = target.charCodeAt(end);
    if (code === QUESTION_MARK) break;
    // `//`, and a segment that may be `.` or `..`, need a closer look, as do all odd characters.
    if (CLASS[code] !== PLAIN || (isSegmentStart && (code === SLASH || code === DOT))) isNormal = false;
    isSegmentStart = code === SLASH;
  }
  const path = start === 0 && end === target.length ? target : target.slice(start, end);
  into.query = end < target.length ? target.slice(end + 1) : '';
  // A fragment is never sent (RFC 9112 3.2.1); an endpoint that cuts it off would see another target.
  if (into.query !== '' && into.query.includes('#')) return 'invalid_character';
  if (isNormal) {
    into.path = path;
    return undefined;
  }
  const rewritten = rewritePath(path);
  if ('refusal' in rewritten) return rewritten.refusal;
  into.path = rewritten.path;
  return undefined;
}
