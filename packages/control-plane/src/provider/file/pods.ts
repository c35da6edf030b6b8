// The Pods that the local mesh's launcher reports, checked like everything else that is read.

import { LOCAL_PORTS_ANNOTATION } from '@weft/api/annotation';
import type { Pod } from '@weft/api/kinds/pod';
import { checkObject } from '@weft/api/manifest/check';

export type PodReport =
  | { readonly kind: 'pods'; readonly pods: readonly Pod[] }
  /** What is wrong, in one line. */
  | { readonly kind: 'refused'; readonly reason: string };

/** All of them or none: half a list would take endpoints away. */
export function readPods(values: readonly unknown[]): PodReport {
  const pods = new Map<string, Pod>();
  for (const [index, value] of values.entries()) {
    const checked = checkObject(value);
    const where = `Pod [${index}]`;
    if (checked.kind === 'invalid') {
      return { kind: 'refused', reason: `${where}: ${checked.problems[0]?.message}` };
    }
    if (checked.kind === 'ignored' || checked.resource.kind !== 'Pod') {
      return { kind: 'refused', reason: `${where}: not a Pod` };
    }
    if (pods.has(checked.ref)) return { kind: 'refused', reason: `${where}: ${checked.ref} is there twice` };
    const pod = checked.resource as unknown as Pod;
    if (!hasReadablePorts(pod)) {
      return {
        kind: 'refused',
        reason: `${where}: annotation ${LOCAL_PORTS_ANNOTATION} is not a JSON object of ports`,
      };
    }
    pods.set(checked.ref, pod);
  }
  return { kind: 'pods', pods: [...pods.values()] };
}

function hasReadablePorts(pod: Pod): boolean {
  const text = pod.metadata.annotations?.[LOCAL_PORTS_ANNOTATION];
  if (text === undefined) return true;
  try {
    const ports: unknown = JSON.parse(text);
    return (
      typeof ports === 'object' &&
      ports !== null &&
      !Array.isArray(ports) &&
      Object.values(ports).every((port) => Number.isInteger(port) && port > 0 && port < 65_536)
    );
  } catch {
    return false;
  }
}
