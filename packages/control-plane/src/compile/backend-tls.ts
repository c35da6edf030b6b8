// BackendTlsPolicy + the ConfigMaps that it names → UpstreamTls, and what its author has to be told.

import type { UpstreamTls } from '@weft/api/proxy-config/types';
import type { CaBundle } from '../model/ca-bundle.ts';
import type { Finding } from '../model/finding.ts';
import type { BackendTlsPolicy, CaReference } from '../model/policy.ts';

export interface CompiledBackendTls {
  readonly tls: UpstreamTls;
  readonly findings: readonly Finding[];
}

/** `bundle`: the ConfigMap of that name in the policy's namespace. */
export function compileBackendTls(
  policy: BackendTlsPolicy,
  bundle: (name: string) => CaBundle | undefined,
): CompiledBackendTls {
  const { ref, hostname, subjectAltNames, invalid } = policy;
  const findings: Finding[] = [];
  const roots =
    policy.roots === 'system' ? 'system' : readRoots(policy.roots, policy.namespace, bundle, findings);
  const problem = invalid ?? (roots.length === 0 ? 'it names no roots that can be used' : undefined);
  if (roots.length === 0) {
    findings.push({
      condition: 'Accepted',
      reason: 'NoValidCACertificate',
      message: 'none of its roots can be used, so nothing is sent to endpoints without a sidecar there',
      field: 'spec.validation.caCertificateRefs',
    });
  }
  return {
    tls: {
      ref,
      hostname,
      // What cannot be used is never asked.
      roots: roots.length === 0 ? 'system' : roots,
      ...(subjectAltNames && { subjectAltNames }),
      ...(problem !== undefined && { invalid: problem }),
    },
    findings,
  };
}

function readRoots(
  references: readonly CaReference[],
  namespace: string,
  bundle: (name: string) => CaBundle | undefined,
  findings: Finding[],
): readonly string[] {
  return references.flatMap(({ group, kind, name, field }) => {
    if (group !== '' || kind !== 'ConfigMap') {
      const named = group === '' ? kind : `${kind}.${group}`;
      const message = `${named} cannot hold roots: refer to a ConfigMap (group: "")`;
      findings.push({ condition: 'ResolvedRefs', reason: 'InvalidKind', message, field: `${field}.kind` });
      return [];
    }
    const found = bundle(name);
    const problem = found === undefined ? 'it does not exist' : found.problem;
    if (problem === undefined) return found?.certificates ?? [];
    findings.push({
      condition: 'ResolvedRefs',
      reason: 'InvalidCACertificateRef',
      message: `ConfigMap ${namespace}/${name} has no roots: ${problem}; put certificates in PEM under its key ca.crt`,
      field: `${field}.name`,
    });
    return [];
  });
}
