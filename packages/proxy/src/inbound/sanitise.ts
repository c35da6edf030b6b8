// Layer: takes away what only the mesh may say about a request, before any policy looks at it (FEATURES S7), and about
// an answer, before another sidecar does.

import type { HttpService } from '../stack/exchange.ts';
import type { RequestHead, ResponseHead } from '../stack/http.ts';
import { bit, KNOWN } from '../stack/known-header.ts';

/** `x-envoy-…`, `x-weft-…` and the certificate header: a client that sends them pretends to be a proxy. */
const MASK = (1 << KNOWN['x-mesh-internal']) | (1 << KNOWN['x-forwarded-client-cert']);

/**
 * `certificateHeader`: what x-forwarded-client-cert says of this connection's peer (`By=…;URI=…`); undefined for a
 * plain-text peer, who then has none.
 */
export function sanitiseHeaders(certificateHeader: string | undefined, next: HttpService): HttpService {
  return (exchange) => {
    sanitiseRequest(exchange.request, certificateHeader);
    next(exchange);
  };
}

export function sanitiseRequest({ edits }: RequestHead, certificateHeader: string | undefined): void {
  edits.dropMask |= MASK;
  if (certificateHeader !== undefined) edits.add('x-forwarded-client-cert', certificateHeader);
}

/** An application that answers with `x-weft-response-flags` pretends that it never saw the request. */
export function sanitiseResponse({ edits }: ResponseHead): void {
  edits.dropMask |= bit(KNOWN['x-mesh-internal']);
}

/** What x-forwarded-client-cert says, in Envoy's form. `own`, `peer`: SPIFFE ids of the two ends. */
export function certificateHeaderOf(own: string | undefined, peer: string): string {
  return `By=${own ?? ''};URI=${peer}`;
}
