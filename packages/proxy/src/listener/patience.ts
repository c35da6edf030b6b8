// How long a silent client is waited for before its server is dialled. Most clients that speak first have done so in
// a few milliseconds; a server that speaks first must not be waited for longer than people notice.

import type { Learned } from '../detect/detections.ts';

/** Long enough for those, and for nobody to notice. To dial in vain leaves traces: a stream that a sidecar authorizes. */
const SHORT_MS = 5;
/** Where the last client spoke first, and what was dialled for nothing is thrown away. */
const LONG_MS = 40;

/** `isByName`: TLS clients may go elsewhere, by the name that they say. */
export function outboundPatience(learned: Learned | undefined, isByName: boolean): number {
  switch (learned?.protocol) {
    case undefined:
      return SHORT_MS;
    case 'http1':
    case 'http2':
      return LONG_MS;
    case 'tls':
      return isByName ? LONG_MS : 0;
    case 'tcp':
      // The connection will be needed, whoever speaks.
      return 0;
  }
}

/** Clients with mutual TLS speak at once, and have nothing to do with what is learned of those in plain text. */
export function inboundPatience(learned: Learned | undefined): number {
  return learned?.speaker === 'client' ? LONG_MS : SHORT_MS;
}
