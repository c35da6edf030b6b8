// The interface between the bench and a proxy that it measures.
import type { Certificates } from '../certificates.ts';
import type { ToolName } from '../install/tools.ts';
import type { Command } from '../process.ts';

/**
 * The place of a proxy between client and origin: the only one (plain text on both sides), or one of two
 * sidecars with mTLS between them, the caller's (`outbound`) or the called one's (`inbound`).
 */
export type HopRole = 'single' | 'outbound' | 'inbound';

/**
 * What client and origin speak, and so every hop: `http2` and `grpc` in plain text with prior knowledge, `tcp` as bytes
 * that nobody looks into.
 */
export type BenchProtocol = 'http1' | 'http2' | 'grpc' | 'tcp';

/** One proxy process to be configured. */
export interface Hop {
  /** Unique in a run; names its files. */
  readonly name: string;
  readonly role: HopRole;
  readonly protocol: BenchProtocol;
  /** Loopback ports: where to listen, and what to forward to. */
  readonly port: number;
  readonly upstreamPort: number;
  readonly certificates: Certificates;
}

/** What can be proven from outside to be on. */
export type Feature = 'routing' | 'authorization' | 'request-id' | 'trace-context';

export interface Target {
  readonly name: string;
  /** One line for the report: what is on. */
  readonly about: string;
  /** Measured only where `--targets` names it, in whatever scenario. */
  readonly isOnRequest?: true;
  /** Programs of the distribution that it needs. */
  readonly tools: readonly ToolName[];
  /** Features that a hop of this role has on; the bench checks each before it measures. */
  features(role: HopRole): readonly Feature[];
  /** Writes the hop's configuration and says how to start it; undefined: no process (the origin itself). */
  command(hop: Hop): Promise<Command | undefined>;
  /** Program and version, for the report; undefined where there is none. */
  version(): string | undefined;
}
