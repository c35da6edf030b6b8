// The control plane's process: from its flags to its end by a signal.

import { startControlPlane } from '@weft/control-plane/main';
import { UserError } from '../user-error.ts';
import { toldToEnd } from './signals.ts';

export interface ControlPlaneFlags {
  readonly folder: string;
  readonly data: string;
  readonly apiPort: number;
  readonly xdsPort: number;
  readonly metricsPort: number;
  readonly certificateTtlMs?: number;
  readonly awaitPods?: boolean;
}

/** Runs until a signal; returns the exit code. */
export async function runControlPlane({ data, ...flags }: ControlPlaneFlags): Promise<number> {
  const ended = toldToEnd();
  const controlPlane = await startControlPlane({ ...flags, dataDir: data }).catch((error: Error) => {
    throw new UserError(error.message);
  });
  await ended;
  await controlPlane.close();
  return 0;
}
