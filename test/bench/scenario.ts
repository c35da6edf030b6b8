// What is measured: the scenarios, their chain of hops, their load, their columns, and the bars that Weft has to
// reach. A further protocol is a client (client/generator.ts), an origin, and entries here.
import type { Load } from './client/load.ts';
import type { BodyPath } from './origin.ts';
import type { Metric } from './sample.ts';
import type { BenchProtocol, HopRole } from './targets/target.ts';

export interface Scenario {
  readonly name: string;
  /** Heading of its table. */
  readonly title: string;
  /** From client to origin. */
  readonly hops: readonly HopRole[];
  readonly protocol: BenchProtocol;
  readonly load: Load;
  readonly path: BodyPath;
  /** Names of targets for which it makes sense (those that run on request make sense for all). */
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
const HTTP2_TARGETS = ['direct', 'haproxy', 'envoy', 'envoy-mesh', 'envoy-telemetry', 'weft'];
const TWO_SIDECAR_TARGETS = [...RELAYS, 'envoy-mesh-h1', 'envoy-telemetry', 'weft', 'weft-log'];

const CORES: readonly Metric[] = ['proxyCore', 'clientCore', 'alien', 'failed'];
const FULL_RATE: readonly Metric[] = ['requestsPerSecond', 'cpuUs', 'p50Us', 'p99Us', 'heapMiB', ...CORES];
const FIXED_RATE: readonly Metric[] = ['cpuUs', 'p50Us', 'p99Us', 'heapMiB', ...CORES];
/** h2load tells no percentiles. */
const HTTP2: readonly Metric[] = ['requestsPerSecond', 'cpuUs', 'meanUs', 'heapMiB', ...CORES];
const BULK: readonly Metric[] = ['megabytesPerSecond', ...FULL_RATE];

const atFullRate: Load = { kind: 'full-rate', connections: 32 };
const multiplexed: Load = { kind: 'full-rate', connections: 8, streams: 16 };
const grpcCalls: Load = { kind: 'full-rate', connections: 8, streams: 4 };
const atThousandPerSecond: Load = { kind: 'fixed-rate', connections: 16, rate: 1000 };

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'http1',
    title: 'HTTP/1.1, one hop in plain text, full rate, 1 KiB',
    hops: ONE_HOP,
    protocol: 'http1',
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
    protocol: 'http1',
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
    protocol: 'http1',
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
    protocol: 'http1',
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
    protocol: 'http1',
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
    protocol: 'http1',
    load: atFullRate,
    path: '/64k',
    targets: [...RELAYS, 'weft'],
    columns: BULK,
    bars: [cpuBar('weft', 1.25)],
  },
  {
    name: 'body1m',
    title: 'HTTP/1.1, one hop in plain text, full rate, 1 MiB',
    hops: ONE_HOP,
    protocol: 'http1',
    load: { kind: 'full-rate', connections: 8 },
    path: '/1m',
    targets: [...RELAYS, 'weft'],
    columns: BULK,
    bars: [cpuBar('weft', 1.25)],
  },
  {
    name: 'newconn',
    title: 'HTTP/1.1, one hop in plain text, a connection for each request, 1 KiB',
    hops: ONE_HOP,
    protocol: 'http1',
    load: { kind: 'new-connections', connections: 16 },
    path: '/',
    targets: [...RELAYS, 'weft'],
    columns: FULL_RATE,
    bars: [],
  },
  {
    name: 'h2',
    title: 'HTTP/2, one hop in plain text, full rate, 8 connections of 16 streams, 1 KiB',
    hops: ONE_HOP,
    protocol: 'http2',
    load: multiplexed,
    path: '/',
    targets: [...HTTP2_TARGETS, 'weft-inbound'],
    columns: HTTP2,
    bars: ['weft', 'weft-inbound'].map((target) => cpuBar(target, 0.9)),
  },
  {
    name: 'mtls-h2',
    title: 'HTTP/2, two sidecars with mTLS between them, full rate, 8 connections of 16 streams, 1 KiB',
    hops: TWO_SIDECARS,
    protocol: 'http2',
    load: multiplexed,
    path: '/',
    targets: HTTP2_TARGETS,
    columns: HTTP2,
    bars: [cpuBar('weft', 0.9)],
  },
  {
    name: 'grpc',
    title: 'gRPC unary, one hop in plain text, full rate, 8 × 4 callers, 1 KiB',
    hops: ONE_HOP,
    protocol: 'grpc',
    load: grpcCalls,
    path: '/',
    targets: [...HTTP2_TARGETS, 'nginx', 'weft-inbound'],
    columns: FULL_RATE,
    bars: ['weft', 'weft-inbound'].map((target) => cpuBar(target, 0.9)),
  },
  {
    name: 'mtls-grpc',
    title: 'gRPC unary, two sidecars with mTLS between them, full rate, 8 × 4 callers, 1 KiB',
    hops: TWO_SIDECARS,
    protocol: 'grpc',
    load: grpcCalls,
    path: '/',
    targets: HTTP2_TARGETS,
    columns: FULL_RATE,
    bars: [cpuBar('weft', 0.9)],
  },
  {
    name: 'mtls-grpc-rate',
    title: 'gRPC unary, two sidecars with mTLS between them, 1,000 calls/s, 1 KiB',
    hops: TWO_SIDECARS,
    protocol: 'grpc',
    load: atThousandPerSecond,
    path: '/',
    targets: HTTP2_TARGETS,
    columns: FIXED_RATE,
    bars: [cpuBar('weft', 0.9), ...latencyBars('weft')],
  },
  {
    name: 'tcp',
    title: 'bytes, one hop in plain text, full rate, 1 MiB',
    hops: ONE_HOP,
    protocol: 'tcp',
    load: { kind: 'full-rate', connections: 8 },
    path: '/1m',
    targets: [...RELAYS, 'weft'],
    columns: BULK,
    bars: [cpuBar('weft', 2)],
  },
  {
    name: 'mtls-tcp',
    title: 'bytes, two sidecars with mTLS between them, full rate, 1 MiB',
    hops: TWO_SIDECARS,
    protocol: 'tcp',
    load: { kind: 'full-rate', connections: 8 },
    path: '/1m',
    targets: [...RELAYS, 'weft'],
    columns: BULK,
    bars: [cpuBar('weft', 2)],
  },
  {
    name: 'mtls-newconn',
    title: 'bytes, two sidecars with mTLS between them, a connection for each request, 1 KiB',
    hops: TWO_SIDECARS,
    protocol: 'tcp',
    load: { kind: 'new-connections', connections: 16 },
    path: '/',
    targets: [...RELAYS, 'weft'],
    columns: FULL_RATE,
    bars: [cpuBar('weft', 1)],
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
