// Layer: asks the port's policies; what they refuse goes no further.

import type { Authorizer } from '../filters/authorization/authorizer.ts';
import type { HttpService } from '../stack/exchange.ts';
import type { Audit } from './audits.ts';

/** `onAudit` hears of what AUDIT policies matched. */
export function authorize(
  authorizer: Authorizer,
  port: number,
  onAudit: (audit: Audit) => void,
  next: HttpService,
): HttpService {
  if (authorizer.isEmpty) return next;
  return (exchange) => {
    const { request, context } = exchange;
    const verdict = authorizer.decide(request, context.peer, port);
    if (verdict.audits.length > 0) {
      onAudit({ hits: verdict.audits, peer: context.peer, method: request.method, path: request.path });
    }
    if (verdict.allowed) next(exchange);
    // The policy's name is for our log: a caller who is refused learns that much and no more.
    else exchange.refuse(403, 'UAEX', verdict.detail, 'denied by an authorization policy');
  };
}
