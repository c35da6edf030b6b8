// Envoy in several forms. `envoy` is the least that relays; `envoy-mesh` has what the performance bars are set
// against (access log, authorization, retries, request ids, and the same routes as Weft); `envoy-telemetry` has
// the rest of what a sidecar does, the part that Istio adds by a filter of its own: metrics labelled by request
// and trace context. Forms with `-h1` speak HTTP/1.1 between two hops, as Weft does, where Istio speaks HTTP/2.
import { envoyBinary, envoyVersion } from '../install/envoy.ts';
import { writeScratch } from '../workspace.ts';
import { envoyConfig } from './envoy-config.ts';
import type { EnvoyForm, EnvoyLevel } from './envoy-form.ts';
import type { Feature, HopRole, Target } from './target.ts';

export const envoy = envoyTarget(
  'envoy',
  { level: 'bare', between: 'http2' },
  'relay, no log; h2 between hops',
);
export const envoyMesh = envoyTarget(
  'envoy-mesh',
  { level: 'mesh', between: 'http2' },
  '6 routes, retries, RBAC (DENY and ALLOW), request id, JSON access log to /dev/null; h2 between hops',
);
export const envoyMeshHttp1 = envoyTarget(
  'envoy-mesh-h1',
  { level: 'mesh', between: 'http1' },
  'envoy-mesh with HTTP/1.1 between hops',
);
export const envoyTelemetry = envoyTarget(
  'envoy-telemetry',
  { level: 'telemetry', between: 'http2' },
  'envoy-mesh with labelled metrics (count, duration, sizes) and trace context',
);

function envoyTarget(name: string, form: EnvoyForm, about: string): Target {
  return {
    name,
    about,
    tools: [],
    features: (role) => features(form.level, role),
    command: async (hop) => {
      const file = writeScratch(
        'config',
        `${hop.name}.json`,
        JSON.stringify(envoyConfig(hop, form), null, 1),
      );
      const args = ['-c', file, '--concurrency', '1', '--disable-hot-restart', '--log-level', 'error'];
      return { file: envoyBinary(), args };
    },
    version: () => envoyVersion(),
  };
}

/** One hop carries everything; of two, each what its side of a mesh does. */
function features(level: EnvoyLevel, role: HopRole): readonly Feature[] {
  if (level === 'bare') return [];
  return [
    ...(role === 'inbound' ? [] : (['routing'] as const)),
    ...(role === 'outbound' ? [] : (['authorization'] as const)),
    'request-id',
    ...(level === 'telemetry' ? (['trace-context'] as const) : []),
  ];
}
