// The HTTP stack of one port of the workload: normal form, clean headers, authorization, then the application.

import type { InboundPort } from '@weft/api/proxy-config/types';
import type { Authorizer } from '../filters/authorization/authorizer.ts';
import { translateGrpcWeb } from '../filters/grpc-web/grpc-web.ts';
import type { HttpService } from '../stack/exchange.ts';
import { normaliseTarget } from '../stack/normalise-target.ts';
import { requestIds } from '../stack/request-ids.ts';
import { ticks } from '../transport/ticker.ts';
import type { UpstreamCluster } from '../upstream/cluster.ts';
import type { Audit } from './audits.ts';
import { authorize } from './authorize.ts';
import { sanitiseHeaders, sanitiseResponse } from './sanitise.ts';

export function inboundHttp(
  port: InboundPort,
  authorizer: Authorizer,
  app: UpstreamCluster,
  certificateHeader: string | undefined,
  onAudit: (audit: Audit) => void,
): HttpService {
  const idleTicks = port.streamIdleMs === undefined ? undefined : ticks(port.streamIdleMs);
  const toApplication: HttpService = (exchange) => {
    if (idleTicks !== undefined) exchange.limits.idleTicks = idleTicks;
    translateGrpcWeb(exchange, app.config.protocol);
    exchange.responseFilter = sanitiseResponse;
    exchange.dispatch(app);
  };
  const authorized = authorize(authorizer, port.port, onAudit, requestIds(toApplication));
  return normaliseTarget('localhost', sanitiseHeaders(certificateHeader, authorized));
}

/** The stack of a port in mode STRICT for a caller in plain text, who learns why. */
export function refusePlainText({ mtls }: InboundPort): HttpService {
  const details = `mtls_required[${mtls.ref ?? 'MeshConfig/default'}]`;
  return (exchange) => exchange.refuse(403, 'UAEX', details, 'this workload takes mutual TLS only');
}
