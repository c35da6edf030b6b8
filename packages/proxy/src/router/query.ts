// One parameter of a query string, without parsing the rest.

/**
 * Value of the first parameter of this name, decoded as a form (`+` is a space, RFC 3986 escapes); undefined where
 * there is none. `?a` has the value ''. Gateway API leaves repeated parameters open; ours is the first.
 */
export function queryValue(query: string, name: string): string | undefined {
  if (query === '') return undefined;
  for (let start = 0; start <= query.length; ) {
    const next = query.indexOf('&', start);
    const end = next === -1 ? query.length : next;
    const equals = query.indexOf('=', start);
    const nameEnd = equals === -1 || equals > end ? end : equals;
    if (isNamed(query, start, nameEnd, name)) {
      return nameEnd === end ? '' : decode(query.slice(nameEnd + 1, end));
    }
    start = end + 1;
  }
  return undefined;
}

function isNamed(query: string, start: number, end: number, name: string): boolean {
  if (end - start === name.length && query.startsWith(name, start)) return true;
  // Only an escape can make texts of different length equal.
  for (let i = start; i < end; i++) {
    const code = query.charCodeAt(i);
    if (code === 0x25 || code === 0x2b) return decode(query.slice(start, end)) === name;
  }
  return false;
}

function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Not UTF-8, or a lone `%`: compared as sent.
    return spaced;
  }
}
