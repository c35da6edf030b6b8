// The caller's sidecar, for a connection that is not HTTP: it is carried to one endpoint, unread but for the name that
// a TLS client asks for.

import type { Backend, Outbound, TcpRule } from '@weft/api/proxy-config/types';
import { compileTcpRouter, type TcpTrace } from '@weft/proxy/router/tcp-router';
import type { Context } from './context.ts';
import { type Carried, forwarded } from './endpoints.ts';
import type { Journey } from './explain.ts';
import type { Branch, Outcome, Route, RuleMatch } from './explanation.ts';
import type { TcpQuestion } from './question.ts';
import { describeRule, isOfRoute } from './rule.ts';
import type { MeshSource } from './source.ts';

/** How the connection begins, as far as it is known. */
interface Beginning {
  /** An HTTP head. */
  readonly text?: string;
  readonly tls?: TcpQuestion['tls'];
}

export async function bytesFromSidecar(
  context: Context,
  outbound: Outbound,
  { text, tls }: Beginning,
): Promise<Journey> {
  const { invalid, protocol, name } = outbound;
  if (isHttpOnly(outbound)) {
    return ended({
      kind: 'refused',
      status: 400,
      flag: 'DPE',
      details: 'http1.invalid_start_line',
      reason: `the port is declared ${protocol}: what is not HTTP is refused`,
    });
  }
  if (invalid !== undefined) return ended({ kind: 'closed', reason: invalid });
  const router = compileTcpRouter(outbound.tcpRules);
  const trace = router.explain(tls?.serverName);
  const route = describeRoute(context.source, trace);
  const { winner } = trace;
  if (winner === undefined) {
    const whom = tls?.serverName === undefined ? 'names no server' : `is for ${tls.serverName}`;
    return {
      ...route,
      ...ended({ kind: 'closed', reason: `no route of ${name} takes a connection that ${whom}` }),
    };
  }
  if (winner.invalid !== undefined) {
    return { ...route, ...ended({ kind: 'closed', reason: winner.invalid, decidedBy: winner.ref }) };
  }
  if (router.choose(tls?.serverName, 0)?.backend === undefined) {
    return {
      ...route,
      ...ended({ kind: 'closed', reason: 'the destination has no backend that takes connections' }),
    };
  }
  const total = winner.backends.reduce((sum, { weight }) => sum + weight, 0);
  // Elsewhere nobody looks at the first bytes.
  const isSeen = protocol === 'detect' || router.hasHostnames;
  const carried = { kind: 'bytes', text, isTls: isSeen && tls !== undefined } as const;
  return {
    ...route,
    branches: await Promise.all(
      winner.backends.map((backend) => bytesBranch(context, backend, backend.weight / total, carried)),
    ),
  };
}

function isHttpOnly({ protocol }: Outbound): boolean {
  return protocol === 'http' || protocol === 'http2' || protocol === 'grpc';
}

function ended(end: Outcome): Pick<Journey, 'branches'> {
  return { branches: [{ share: 1, end, mirrors: [], arrivals: [] }] };
}

/** Nothing where no route is attached: a connection is then carried as it is. */
function describeRoute(source: MeshSource, { winner, others }: TcpTrace): { readonly route?: Route } {
  if (winner !== undefined && !isOfRoute(winner.ref)) return {};
  return {
    route: {
      ...(winner && { winner: describeMatch(source, winner) }),
      others: others.map(({ rule, why }) => ({ ...describeMatch(source, rule), why })),
      timeouts: {},
    },
  };
}

function describeMatch(source: MeshSource, rule: TcpRule): RuleMatch {
  const { hostnames } = rule;
  return {
    ...describeRule(source, rule),
    match: 0,
    matches: 1,
    conditions: hostnames.length === 0 ? 'every connection' : `server name ${hostnames.join(' or ')}`,
  };
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
