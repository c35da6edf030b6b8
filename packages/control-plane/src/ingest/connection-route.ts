// TLSRoute and TCPRoute (gateway.networking.k8s.io/v1) → ConnectionRoute.

import type { TCPRoute } from '@weft/api/kinds/tcp-route';
import type { TLSRoute } from '@weft/api/kinds/tls-route';
import type { ConnectionRoute, ConnectionRule } from '../model/connection-route.ts';
import type { Finding } from '../model/finding.ts';
import { attachedObject, type Ingested } from './ingested.ts';
import { ingestBackend, ingestParents } from './route-reference.ts';

/** Its hostnames do count in a mesh: they are all that a TLSRoute can tell connections apart by. */
export function ingestTlsRoute(route: TLSRoute): Ingested<ConnectionRoute> {
  return ingestConnectionRoute(route, [...new Set(route.spec.hostnames)]);
}

export function ingestTcpRoute(route: TCPRoute): Ingested<ConnectionRoute> {
  return ingestConnectionRoute(route, []);
}

function ingestConnectionRoute(
  { kind, metadata, spec }: TLSRoute | TCPRoute,
  hostnames: readonly string[],
): Ingested<ConnectionRoute> {
  const findings: Finding[] = [];
  const { namespace } = metadata;
  const parents = ingestParents(spec.parentRefs, namespace, findings);
  const rules = spec.rules.map(
    ({ name, backendRefs }, index): ConnectionRule => ({
      ...(name !== undefined && { name }),
      hostnames,
      backends: backendRefs.map((reference, position) =>
        ingestBackend(reference, namespace, `spec.rules[${index}].backendRefs[${position}]`),
      ),
    }),
  );
  if (rules.length > 1) {
    findings.push({
      reason: 'UnsupportedValue',
      message:
        'rules have no conditions, so the first takes every connection: this one and those after it get none',
      field: 'spec.rules[1]',
    });
  }
  return { value: { ...attachedObject(kind, metadata), kind, parents, rules }, findings };
}
