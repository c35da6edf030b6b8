// Tells HTTP from anything else by a client's first bytes.

const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'CONNECT', 'TRACE'];
/** RFC 9113 3.4. */
const PREFACE = 'PRI * HTTP/2.0\r\n';

export type Spoken = 'http1' | 'http2' | 'other';

/** `undefined`: too few bytes to tell. */
export function detectHttp(bytes: Buffer): Spoken | undefined {
  const text = bytes.toString('latin1', 0, Math.min(bytes.length, 24));
  if (PREFACE.startsWith(text.slice(0, PREFACE.length)))
    return text.length < PREFACE.length ? undefined : 'http2';
  for (const method of METHODS) {
    const line = `${method} `;
    if (text.startsWith(line)) return 'http1';
    if (line.startsWith(text)) return undefined;
  }
  return 'other';
}
