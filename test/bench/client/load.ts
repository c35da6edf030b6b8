// What a load generator is asked for, and what it tells.

/** How requests come, on which connections; `streams`: requests at a time on one of HTTP/2, default 1. */
export type Load =
  /** Closed loop: each connection sends its next request when it has its answer. */
  | { readonly kind: 'full-rate'; readonly connections: number; readonly streams?: number }
  /** Open loop: requests are due at a fixed rate (per second), whatever the answers do. */
  | { readonly kind: 'fixed-rate'; readonly connections: number; readonly rate: number }
  /** Closed loop with a connection for each request. */
  | { readonly kind: 'new-connections'; readonly connections: number }
  /** Connections that have had one answer each and then carry nothing. */
  | { readonly kind: 'idle'; readonly connections: number };

export interface LoadResult {
  /** All good answers, those of the client's own warm-up too: what the CPU was spent on. */
  readonly requests: number;
  readonly failed: number;
  readonly perSecond: number;
  /** What the client tells: h2load knows the mean only. */
  readonly p50Us?: number;
  readonly p99Us?: number;
  readonly meanUs?: number;
}
