// BackendTLSPolicy (gateway.networking.k8s.io/v1) → BackendTlsPolicy.

import type { BackendTLSPolicy } from '@weft/api/kinds/backend-tls-policy';
import type { Finding } from '../model/finding.ts';
import { objectRef } from '../model/object.ts';
import type { BackendTlsPolicy, PolicyTarget } from '../model/policy.ts';
import { attachedObject, type Ingested } from './ingested.ts';

export function ingestBackendTlsPolicy({
  kind,
  metadata,
  spec,
}: BackendTLSPolicy): Ingested<BackendTlsPolicy> {
  const { namespace } = metadata;
  const { caCertificateRefs, wellKnownCACertificates, hostname, subjectAltNames = [] } = spec.validation;
  const isKnown = caCertificateRefs.length > 0 || wellKnownCACertificates === 'System';
  const unknownRoots = `${wellKnownCACertificates} is no set of roots that is known here: System is, and ConfigMaps in caCertificateRefs`;
  const findings: readonly Finding[] = isKnown
    ? []
    : [
        {
          condition: 'Accepted',
          reason: 'Invalid',
          message: `${unknownRoots}; until it is corrected, nothing is sent there`,
          field: 'spec.validation.wellKnownCACertificates',
        },
      ];
  return {
    value: {
      ...attachedObject(kind, metadata),
      targets: spec.targetRefs.map(
        ({ name, sectionName }, index): PolicyTarget => ({
          kind: 'Service',
          namespace,
          name,
          ref: objectRef('Service', namespace, name),
          ...(sectionName !== undefined && { sectionName }),
          field: `spec.targetRefs[${index}]`,
        }),
      ),
      hostname,
      roots:
        caCertificateRefs.length === 0
          ? 'system'
          : caCertificateRefs.map((reference, index) => ({
              ...reference,
              field: `spec.validation.caCertificateRefs[${index}]`,
            })),
      ...(subjectAltNames.length > 0 && {
        subjectAltNames: subjectAltNames.map((name) =>
          name.type === 'URI' ? { kind: 'uri', value: name.uri } : { kind: 'dns', value: name.hostname },
        ),
      }),
      ...(!isKnown && { invalid: unknownRoots }),
    },
    findings,
  };
}
