// The caller's sidecar, for a connection that is not HTTP: it is carried to one endpoint, unread.

import type { Backend, Outbound } from '@weft/api/proxy-config/types';
import { compileWeights } from '@weft/proxy/router/weights';
import type { Context } from './context.ts';
import { type Carried, forwarded } from './endpoints.ts';
import type { Journey } from './explain.ts';
import type { Branch, Outcome } from './explanation.ts';

/** `text`: an HTTP head that the connection begins with, where it is known. */
export async function bytesFromSidecar(
  context: Context,
  outbound: Outbound,
  text: string | undefined,
): Promise<Journey> {
  const end = (outcome: Outcome): Journey => ({
    branches: [{ share: 1, end: outcome, mirrors: [], arrivals: [] }],
  });
  if (isHttpOnly(outbound)) {
    return end({
      kind: 'refused',
      status: 400,
      flag: 'DPE',
      details: 'http1.invalid_start_line',
      reason: `the port is declared ${outbound.protocol}: what is not HTTP is refused`,
    });
  }
  if (outbound.invalid !== undefined) return end({ kind: 'closed', reason: outbound.invalid });
  const { tcpBackends } = outbound;
  if (compileWeights(tcpBackends).choose(0) === undefined) {
    return end({ kind: 'closed', reason: 'the destination has no backend that takes connections' });
  }
  const total = tcpBackends.reduce((sum, { weight }) => sum + weight, 0);
  const carried = { kind: 'bytes', text } as const;
  return {
    branches: await Promise.all(
      tcpBackends.map((backend) => bytesBranch(context, backend, backend.weight / total, carried)),
    ),
  };
}

function isHttpOnly({ protocol }: Outbound): boolean {
  return protocol === 'http' || protocol === 'http2' || protocol === 'grpc';
}

async function bytesBranch(
  context: Context,
  backend: Backend,
  share: number,
  carried: Carried,
): Promise<Branch> {
  const { cluster, invalid } = backend;
  if (invalid === undefined) return { share, mirrors: [], ...(await forwarded(context, cluster, carried)) };
  return { share, backend: cluster, end: { kind: 'closed', reason: invalid }, mirrors: [], arrivals: [] };
}
