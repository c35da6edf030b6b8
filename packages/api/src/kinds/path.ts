// Paths as routes and policies name them. Requests are normalised before they are matched, so a path that no
// normal form can equal would be a rule that never takes effect.

/** RFC 3986 pchar and `/`; the same as the CRD of the Gateway API allows. */
const CHARACTERS = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*$/;
/** Slash, backslash and control characters: requests with them are refused. */
const REFUSED_ESCAPE = /%(?:2f|5c|[01][0-9a-f]|7f)/i;
const DOT_OR_EMPTY_ELEMENT = /\/(?:\.{0,2})\/|\/\.{1,2}$/;
const UNRESERVED = /^[-A-Za-z0-9._~]$/;

/** What is wrong with a path, to follow its field's name; undefined: nothing. */
export function pathProblem(path: string): string | undefined {
  if (!path.startsWith('/')) return 'must begin with "/"';
  if (!CHARACTERS.test(path)) {
    return "must have letters, digits, -._~!$&'()*+,;=:@/ and escapes such as %20 only";
  }
  const never = REFUSED_ESCAPE.exec(path)?.[0] ?? DOT_OR_EMPTY_ELEMENT.exec(path)?.[0];
  if (never === undefined) return undefined;
  return `must not contain ${JSON.stringify(never)}: no request has it once its path is normalised`;
}

/** The same for what is compared as it is written, so that escapes have to be in normal form too. */
export function normalPathProblem(path: string): string | undefined {
  const problem = pathProblem(path);
  if (problem !== undefined) return problem;
  for (const [escape] of path.matchAll(/%../g)) {
    const decoded = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    const normal = UNRESERVED.test(decoded) ? decoded : escape.toUpperCase();
    if (normal !== escape) return `must have "${normal}" in place of "${escape}", as in a normalised path`;
  }
  return undefined;
}
