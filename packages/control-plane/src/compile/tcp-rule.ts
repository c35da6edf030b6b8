// ConnectionRoute + the Services that it refers to → TcpRules, and what its author has to be told.

import type { Backend, TcpRule } from '@weft/api/proxy-config/types';
import type { ConnectionRoute } from '../model/connection-route.ts';
import type { Finding } from '../model/finding.ts';
import { type Referents, resolveBackend } from './backend.ts';

export interface CompiledConnectionRoute {
  readonly kind: 'tcp';
  readonly rules: readonly TcpRule[];
  /** References that could not be resolved. */
  readonly findings: readonly Finding[];
}

export function compileConnectionRoute(
  route: ConnectionRoute,
  referents: Referents,
): CompiledConnectionRoute {
  const findings: Finding[] = [];
  const rules = route.rules.map(
    ({ name, hostnames, backends, invalid }, index): TcpRule => ({
      ref: route.ref,
      index,
      ...(name !== undefined && { name }),
      hostnames,
      backends: backends.map((reference): Backend => {
        const { cluster, finding } = resolveBackend(route, reference, referents);
        if (finding) findings.push(finding);
        return {
          cluster,
          weight: reference.weight,
          filters: [],
          ...(finding && { invalid: finding.message }),
        };
      }),
      ...(invalid !== undefined && { invalid }),
    }),
  );
  return { kind: 'tcp', rules, findings };
}
