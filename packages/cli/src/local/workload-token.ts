// The token by which a replica's sidecar proves who it is: the local mesh's stand-in for the service-account token
// that a kubelet projects into a pod.

import { rename, writeFile } from 'node:fs/promises';
import { mintLocalToken } from '@weft/control-plane/identity/local-token';
import { planWorkloadRef } from './pod-plan.ts';
import type { LocalWorkload } from './workload.ts';

const LIFE_MS = 24 * 3_600_000;

/** Writes the token, and a new one at a third of its life, until the signal aborts. */
export async function provideToken(
  secret: string,
  file: string,
  workload: LocalWorkload,
  pod: string,
  signal: AbortSignal,
): Promise<void> {
  const write = async (): Promise<void> => {
    const claims = {
      namespace: workload.namespace,
      serviceAccount: workload.template.serviceAccount,
      pod,
      workload: planWorkloadRef(workload, pod),
    };
    // The sidecar may read at any moment: it sees the old token or the new one.
    await writeFile(`${file}.new`, mintLocalToken(secret, claims, { ttlMs: LIFE_MS }), { mode: 0o600 });
    await rename(`${file}.new`, file);
  };
  await write();
  const timer = setInterval(() => void write().catch(() => {}), LIFE_MS / 3);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
