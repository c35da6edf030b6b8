// Limits of connections whose streams are TCP connections between sidecars: the peer is of our mesh, and its streams
// may rest for as long as the connections that they carry.

import { CLIENT_LIMITS, type H2Limits, SERVER_LIMITS } from '../codec/h2/limits.ts';
import { ticks } from '../transport/ticker.ts';

const TUNNELS = {
  maxStreams: 1_000,
  /** ALPN has said what it speaks, and it is one of ours. */
  streamsBeforeSettings: 100,
  /** The relays close what is idle. */
  blockedTicks: ticks(24 * 3_600_000),
  /** Connections that end with a reset are no attack. */
  resets: 10_000,
  resetsPerTick: 1_000,
  /** A peer that is gone without a word is found out. */
  pingAfterTicks: ticks(60_000),
  pingTicks: ticks(20_000),
};

export const TUNNEL_SERVER_LIMITS: H2Limits = { ...SERVER_LIMITS, ...TUNNELS };
/** Kept for as long as other connections to sidecars. */
export const TUNNEL_CLIENT_LIMITS: H2Limits = { ...CLIENT_LIMITS, ...TUNNELS, idleTicks: ticks(300_000) };
