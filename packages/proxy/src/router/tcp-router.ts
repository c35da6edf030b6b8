// Chooses the rule for a connection that is not HTTP by the server name of its ClientHello (SNI, RFC 6066 3), as
// Gateway API orders TLSRoutes: exact, then the longest wildcard, then rules without hostnames. The same object runs
// in the sidecar and in `weft explain`: a pure function of rules and name.

import type { Backend, TcpRule } from '@weft/api/proxy-config/types';
import { coversHost, HostIndex, hostnameOf } from './hostname.ts';
import { compileWeights, type WeightedBackends } from './weights.ts';

export interface TcpChoice {
  readonly rule: TcpRule;
  /** Undefined: the rule has no backend with a weight, so that its connections are refused. */
  readonly backend: Backend | undefined;
}

export interface TcpRouter {
  /** Whether any rule asks for a server name: no other port has to wait for a ClientHello. */
  readonly hasHostnames: boolean;
  /**
   * `serverName`: lower-case; undefined where the client names none, or speaks no TLS. `random`: in [0, 1).
   * Undefined: no rule is for such a connection (NR).
   */
  choose(serverName: string | undefined, random: number): TcpChoice | undefined;
  /** What `choose` takes, and why every other rule was not taken. */
  explain(serverName: string | undefined): TcpTrace;
}

export interface TcpTrace {
  readonly winner: TcpRule | undefined;
  /** The others, in the order given. */
  readonly others: readonly { readonly rule: TcpRule; readonly why: string }[];
}

interface Ranked {
  readonly rule: TcpRule;
  readonly weights: WeightedBackends;
}

/** Compiles rules given in tie-break order: of two with the same hostname the earlier one counts. */
export function compileTcpRouter(rules: readonly TcpRule[]): TcpRouter {
  const byHostname = new Map<string, Ranked>();
  for (const rule of rules) {
    const ranked = { rule, weights: compileWeights(rule.backends) };
    for (const hostname of rule.hostnames.length === 0 ? [ANY] : rule.hostnames) {
      if (!byHostname.has(hostname)) byHostname.set(hostname, ranked);
    }
  }
  const index = new HostIndex(byHostname);
  const find = (serverName: string | undefined): Ranked | undefined =>
    serverName === undefined ? byHostname.get(ANY) : index.first(serverName, itself, undefined);
  return {
    hasHostnames: rules.some(({ hostnames }) => hostnames.length > 0),
    choose(serverName, random) {
      const found = find(serverName);
      return found && { rule: found.rule, backend: found.weights.choose(random) };
    },
    explain(serverName) {
      const winner = find(serverName)?.rule;
      const others = rules.filter((rule) => rule !== winner);
      return { winner, others: others.map((rule) => ({ rule, why: whyNot(rule, winner, serverName) })) };
    },
  };
}

/** HostIndex's key of what every name fits, and none. */
const ANY = '';

function itself(ranked: Ranked): Ranked {
  return ranked;
}

function whyNot({ hostnames }: TcpRule, winner: TcpRule | undefined, serverName: string | undefined): string {
  const covering = bestCover(hostnames, serverName);
  if (covering === undefined) {
    return `server name: expected ${hostnames.join(' or ')}, got ${serverName ?? 'none'}`;
  }
  const best = (winner && bestCover(winner.hostnames, serverName)) ?? ANY;
  return best === covering
    ? 'matches too, but the winner comes first'
    : `matches too, but is less specific: ${best} goes before ${covering || 'any server name'}`;
}

/** The hostname by which the rule would be found; undefined: it is for other names. */
function bestCover(hostnames: readonly string[], serverName: string | undefined): string | undefined {
  if (hostnames.length === 0) return ANY;
  if (serverName === undefined) return undefined;
  const host = hostnameOf(serverName);
  const covering = hostnames.filter((hostname) => coversHost(hostname, host));
  return covering.find((hostname) => hostname === host) ?? covering.sort((a, b) => b.length - a.length)[0];
}
