// What a connection to the workload is, from its first bytes: mesh mTLS, the application's own TLS, or plain text.

import { readClientHello, startsTls } from '../detect/client-hello.ts';
import { detectHttp, type Spoken } from '../detect/http.ts';
import { isMeshAlpn } from '../identity/tls-context.ts';

export type ConnectionKind = 'mesh' | 'tls' | Spoken;

/** `undefined`: more bytes are needed. */
export function classify(bytes: Buffer): ConnectionKind | undefined {
  if (!startsTls(bytes)) return detectHttp(bytes);
  const result = readClientHello(bytes);
  switch (result.kind) {
    case 'more':
      return undefined;
    case 'unreadable':
      return 'tls';
    case 'hello':
      return result.hello.protocols.some(isMeshAlpn) ? 'mesh' : 'tls';
  }
}
