// What the first bytes of a client of the workload's are, as far as whoever serves it has to know.

import { readClientHello, startsTls } from './client-hello.ts';
import { detectHttp } from './http.ts';

export type FirstWords =
  | { readonly protocol: 'http1' | 'http2' | 'tcp' }
  | { readonly protocol: 'tls'; readonly serverName: string | undefined };

const TCP = { protocol: 'tcp' } as const;

/** For ports that may speak anything. `undefined`: more bytes are needed. */
export function wordsOfAny(bytes: Buffer): FirstWords | undefined {
  if (startsTls(bytes)) return wordsOfTls(bytes);
  const spoken = detectHttp(bytes);
  return spoken === undefined ? undefined : { protocol: spoken === 'other' ? 'tcp' : spoken };
}

/** For ports that do not speak HTTP. */
export function wordsOfTls(bytes: Buffer): FirstWords | undefined {
  if (!startsTls(bytes)) return bytes.length === 0 ? undefined : TCP;
  const result = readClientHello(bytes);
  switch (result.kind) {
    case 'more':
      return undefined;
    case 'unreadable':
      return { protocol: 'tls', serverName: undefined };
    case 'hello':
      // Names are compared without regard to case (RFC 6066 3).
      return { protocol: 'tls', serverName: result.hello.serverName?.toLowerCase() };
  }
}
