// Weft in static mode: the bundle on the pinned Node, with no launcher and no type stripping in what is measured.
import type { ProxyConfig } from '@weft/api/proxy-config/types';
import { bunBinary } from '../install/bun.ts';
import { weftBundle, weftNode, weftVersion } from '../install/weft.ts';
import { writeScratch } from '../workspace.ts';
import type { Feature, Hop, HopRole, Target } from './target.ts';
import { inboundSide, outboundSide } from './weft-config.ts';

/** Which side a single hop is: a sidecar's listener is one or the other, never both. */
type Side = 'outbound' | 'inbound';
type LogMode = NonNullable<ProxyConfig['telemetry']>['accessLog']['mode'];

/** As packages/cli/src/local/build.ts sets them. */
const NODE_FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4'];
const ALWAYS: readonly Feature[] = ['request-id', 'trace-context'];

/** The caller's sidecar where there is one hop, both where there are two. */
export const weft = weftTarget(
  'weft',
  'outbound',
  'errors',
  'single hop: the caller’s sidecar (6 routes); metrics, request id, trace context, access log of errors',
);
export const weftInbound = weftTarget(
  'weft-inbound',
  'inbound',
  'errors',
  'single hop: the called sidecar (DENY and ALLOW policy); else as weft',
);
export const weftLogged = weftTarget(
  'weft-log',
  'outbound',
  'all',
  'weft with an access log line per request',
);

/** What another runtime would cost: the ground for a decision, never what is shipped. */
export const weftOnBun: Target = {
  ...weftTarget('weft-bun', 'outbound', 'errors', 'weft on Bun instead of Node', () => ({
    file: bunBinary(),
    flags: [],
  })),
  isOnRequest: true,
};

/** The program that runs the bundle. */
interface Runtime {
  readonly file: string;
  readonly flags: readonly string[];
}

function weftTarget(
  name: string,
  singleHop: Side,
  log: LogMode,
  about: string,
  runtime: () => Runtime = () => ({ file: weftNode(), flags: NODE_FLAGS }),
): Target {
  const side = (role: HopRole): Side => (role === 'single' ? singleHop : role);
  return {
    name,
    about,
    tools: [],
    features: (role) => [side(role) === 'outbound' ? 'routing' : 'authorization', ...ALWAYS],
    command: async (hop) => {
      const file = writeScratch(
        'config',
        `${hop.name}.json`,
        JSON.stringify(config(hop, side(hop.role), log), null, 1),
      );
      const { file: program, flags } = runtime();
      const stdout = log === 'all' ? 'discard' : 'log';
      return {
        file: program,
        args: [...flags, await weftBundle(), 'proxy', '--config', file],
        stdout,
      };
    },
    version: weftVersion,
  };
}

function config(hop: Hop, side: Side, mode: LogMode): object {
  return {
    ...(side === 'outbound' ? outboundSide(hop) : inboundSide(hop)),
    telemetry: { name: 'telemetry', accessLog: { mode, format: 'json' } },
    // Several proxies run at once: each takes free ports for its own servers.
    admin: { admin: 0, metrics: 0, health: 0 },
  };
}
