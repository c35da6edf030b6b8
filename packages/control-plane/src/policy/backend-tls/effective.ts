// Which BackendTLSPolicy is in force on a port of a Service.

import type { Finding } from '../../model/finding.ts';
import { byAge } from '../../model/object.ts';
import type { BackendTlsPolicy, PolicyTarget } from '../../model/policy.ts';
import type { ServicePort } from '../../model/service.ts';
import { conflictWith, inForce } from '../attachment.ts';

/**
 * One that names the port, then one for the whole Service, then one that could not be read so far that it may be for
 * anything in the namespace. Of several the oldest (GEP-1897). `scopes`: those on the Service, on its namespace.
 */
export function effectiveBackendTls(
  serviceRef: string,
  port: ServicePort,
  [onService = [], onNamespace = []]: readonly (readonly BackendTlsPolicy[])[],
): BackendTlsPolicy | undefined {
  const named = onService.filter((policy) => isFor(policy, serviceRef, port.name ?? ''));
  const whole = onService.filter((policy) => isFor(policy, serviceRef, undefined));
  return (port.name === undefined ? undefined : inForce(named)) ?? inForce(whole) ?? inForce(onNamespace);
}

function isFor({ targets }: BackendTlsPolicy, ref: string, sectionName: string | undefined): boolean {
  return targets.some((target) => target.ref === ref && target.sectionName === sectionName);
}

/** A conflict is about the same target and port: the one for a port goes before the one for all without any. */
export function backendTlsConflicts(
  policy: BackendTlsPolicy,
  onTarget: readonly BackendTlsPolicy[],
  { ref, sectionName, field }: PolicyTarget,
): readonly Finding[] {
  const [winner] = onTarget.filter((other) => isFor(other, ref, sectionName)).toSorted(byAge);
  return winner && winner.ref !== policy.ref ? [conflictWith(winner, field)] : [];
}
