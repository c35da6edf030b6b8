// What is measured: the scenarios, their chain of hops, their load, their columns, and the bars that Weft has to
// reach. A further protocol (h2, gRPC, TCP) is a further kind of load, a client, and entries here.
import type { Load } from './client/load.ts';
import type { BodyPath } from './origin.ts';
import type { Metric } from './sample.ts';
import type { HopRole } from './targets/target.ts';

export interface Scenario {
  readonly name: string;
  /** Heading of its table. */
  readonly title: string;
  /** From client to origin. */
  readonly hops: readonly HopRole[];
  readonly load: Load;
  readonly path: BodyPath;
  /** Names of targets for which it makes sense. */
  readonly targets: readonly string[];
  readonly columns: readonly Metric[];
  readonly bars: readonly Bar[];
}

/** A value that a target must not exceed: its own median, or the median of its ratios to a peer. */
export interface Bar {
  readonly target: string;
  readonly metric: Metric;
  readonly peer?: string;
  readonly atMost: number;
}

/** The peer that ratios are shown against, and that bars are set against. */
export const BASE = 'envoy-mesh';

const ONE_HOP: readonly HopRole[] = ['single'];
const TWO_SIDECARS: readonly HopRole[] = ['outbound', 'inbound'];

const RELAYS = ['direct', 'haproxy', 'nginx', 'envoy', 'envoy-mesh'];
const ONE_HOP_TARGETS = [...RELAYS, 'envoy-telemetry', 'weft', 'weft-inbound', 'weft-log'];
const TWO_SIDECAR_TARGETS = [...RELAYS, 'envoy-mesh-h1', 'envoy-telemetry', 'weft', 'weft-log'];

const CORES: readonly Metric[] = ['proxyCore', 'clientCore', 'alien', 'failed'];
const FULL_RATE: readonly Metric[] = ['requestsPerSecond', 'cpuUs', 'p50Us', 'p99Us', 'heapMiB', ...CORES];
const FIXED_RATE: readonly Metric[] = ['cpuUs', 'p50Us', 'p99Us', 'heapMiB', ...CORES];
const BULK: readonly Metric[] = ['megabytesPerSecond', ...FULL_RATE];

const atFullRate: Load = { kind: 'full-rate', connections: 32 };
const atThousandPerSecond: Load = { kind: 'fixed-rate', connections: 16, rate: 1000 };

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'http1',
    title: 'HTTP/1.1, one hop in plain text, full rate, 1 KiB',
    hops: ONE_HOP,
    load: atFullRate,
    path: '/',
    targets: ONE_HOP_TARGETS,
    columns: FULL_RATE,
    bars: ['weft', 'weft-inbound'].map((target) => cpuBar(target, 0.6)),
  },
  {
    name: 'http1-rate',
    title: 'HTTP/1.1, one hop in plain text, 1,000 requests/s, 1 KiB',
    hops: ONE_HOP,
    load: atThousandPerSecond,
    path: '/',
    targets: ONE_HOP_TARGETS,
    columns: FIXED_RATE,
    bars: ['weft', 'weft-inbound'].flatMap((target) => [cpuBar(target, 0.6), ...latencyBars(target)]),
  },
  {
    name: 'mtls',
    title: 'HTTP/1.1, two sidecars with mTLS between them, full rate, 1 KiB',
    hops: TWO_SIDECARS,
    load: atFullRate,
    path: '/',
    targets: TWO_SIDECAR_TARGETS,
    columns: FULL_RATE,
    bars: [cpuBar('weft', 0.75)],
  },
  {
    name: 'mtls-rate',
    title: 'HTTP/1.1, two sidecars with mTLS between them, 1,000 requests/s, 1 KiB',
    hops: TWO_SIDECARS,
    load: atThousandPerSecond,
    path: '/',
    targets: TWO_SIDECAR_TARGETS,
    columns: FIXED_RATE,
    bars: [cpuBar('weft', 0.75), ...latencyBars('weft')],
  },
  {
    name: 'idle',
    title: 'Memory of one idle hop, and with 1,000 idle connections',
    hops: ONE_HOP,
    load: { kind: 'idle', connections: 1000 },
    path: '/',
    targets: ['haproxy', 'nginx', 'envoy', 'envoy-mesh', 'envoy-telemetry', 'weft'],
    columns: ['restMiB', 'heldMiB', 'connectionKiB', 'failed'],
    bars: [{ target: 'weft', metric: 'restMiB', atMost: 60 }],
  },
  {
    name: 'body64k',
    title: 'HTTP/1.1, one hop in plain text, full rate, 64 KiB',
    hops: ONE_HOP,
    load: atFullRate,
    path: '/64k',
    targets: [...RELAYS, 'weft'],
    columns: BULK,
    bars: [],
  },
  {
    name: 'body1m',
    title: 'HTTP/1.1, one hop in plain text, full rate, 1 MiB',
    hops: ONE_HOP,
    load: { kind: 'full-rate', connections: 8 },
    path: '/1m',
    targets: [...RELAYS, 'weft'],
    columns: BULK,
    bars: [],
  },
  {
    name: 'newconn',
    title: 'HTTP/1.1, one hop in plain text, a connection for each request, 1 KiB',
    hops: ONE_HOP,
    load: { kind: 'new-connections', connections: 16 },
    path: '/',
    targets: [...RELAYS, 'weft'],
    columns: FULL_RATE,
    bars: [],
  },
];

function cpuBar(target: string, atMost: number): Bar {
  return { target, metric: 'cpuUs', peer: BASE, atMost };
}

function latencyBars(target: string): readonly Bar[] {
  return [
    { target, metric: 'p50Us', peer: BASE, atMost: 1 },
    { target, metric: 'p99Us', peer: BASE, atMost: 1 },
  ];
}
