// The slow way to a path's normal form, for the few that need it: escapes first, then slashes, then dot segments,
// so that no step can bring back what an earlier one took away.

export type PathRefusal =
  | 'invalid_character'
  | 'invalid_escape'
  | 'escaped_slash'
  | 'escaped_control'
  | 'above_root'
  | 'dot_segment_parameters';

type Rewritten = { readonly path: string } | { readonly refusal: PathRefusal };

/** `path`: begins with `/`, has no query, one character for each byte. */
export function rewritePath(path: string): Rewritten {
  const unescaped = normaliseCharacters(path);
  return 'refusal' in unescaped ? unescaped : resolveSegments(unescaped.path.split('/'));
}

const UNRESERVED = /^[A-Za-z0-9\-._~]$/;
/** Allowed as they are: RFC 3986 pchar and `/`. */
const LITERAL = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/]$/;
/** Sent raw by some clients; escaped, so that there is one form of each. Bytes from 0x80 on are the same. */
const ESCAPED_FOR_THEM = /^["<>[\]^`{|}\x80-\xff]$/;
const ESCAPE = /^%[0-9A-Fa-f]{2}$/;

/** Escapes: unreserved characters decoded, others upper-case (RFC 3986 6.2.2); `\` becomes `/`. */
function normaliseCharacters(path: string): Rewritten {
  let result = '';
  for (let i = 0; i < path.length; i++) {
    const char = path[i] as string;
    if (char === '%') {
      const escape = path.slice(i, i + 3);
      if (!ESCAPE.test(escape)) return { refusal: 'invalid_escape' };
      const code = Number.parseInt(escape.slice(1), 16);
      const decoded = String.fromCharCode(code);
      if (decoded === '/' || decoded === '\\') return { refusal: 'escaped_slash' };
      if (code < 0x20 || code === 0x7f) return { refusal: 'escaped_control' };
      result += UNRESERVED.test(decoded) ? decoded : escape.toUpperCase();
      i += 2;
    } else if (char === '\\') {
      result += '/';
    } else if (LITERAL.test(char)) {
      result += char;
    } else if (ESCAPED_FOR_THEM.test(char)) {
      result += `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
    } else {
      return { refusal: 'invalid_character' };
    }
  }
  return { path: result };
}

/** A `.` or `..` that some servers see when they cut off parameters: `..;x=1`. */
const HIDDEN_DOTS = /^\.\.?(;|%3B)/;

/** Empty segments dropped, then `.` and `..` resolved as RFC 3986 5.2.4 does. The first segment is ''. */
function resolveSegments(segments: readonly string[]): Rewritten {
  const kept: string[] = [];
  for (const segment of segments) {
    if (HIDDEN_DOTS.test(segment)) return { refusal: 'dot_segment_parameters' };
    if (segment === '..' && kept.pop() === undefined) return { refusal: 'above_root' };
    if (segment !== '' && segment !== '.' && segment !== '..') kept.push(segment);
  }
  const last = segments.at(-1);
  const isFolder = last === '' || last === '.' || last === '..';
  return { path: kept.length === 0 ? '/' : `/${kept.join('/')}${isFolder ? '/' : ''}` };
}
