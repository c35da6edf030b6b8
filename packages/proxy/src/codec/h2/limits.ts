// Limits of the HTTP/2 codec: what one peer may make us hold, answer or wait for. Each says what it is against.

import { ticks } from '../../transport/ticker.ts';

export interface H2Limits {
  // --- what is held
  /** Streams that may be open on one connection; a client's beyond that are refused (RFC 9113 5.1.2). */
  readonly maxStreams: number;
  /**
   * Streams that are opened before the peer has said how many it takes: a round trip less, where it is known to speak
   * HTTP/2 (RFC 9113 3.4).
   */
  readonly streamsBeforeSettings: number;
  /** Bytes that a stream may send before its reader has taken any: what a reader that stalls at once costs. */
  readonly streamWindow: number;
  /**
   * As long as its reader keeps up, a stream's window doubles up to this: a window is all that is under way in a round
   * trip, so that one for all would be slow over a long way or hold much for many.
   */
  readonly maxStreamWindow: number;
  /** The same for a connection; credited as it arrives, so that a stalled stream does not stop the others. */
  readonly connectionWindow: number;
  /**
   * Bytes held for all stalled readers of a connection. Over it the connection's window closes, and streams wait for
   * each other: a connection full of stalled streams is not worth more memory.
   */
  readonly heldBytes: number;
  /** Bytes waiting to be written, above which nothing more of a client is read: answers must not pile up. */
  readonly outputBytes: number;
  /** Bytes waiting above which the connection is given up: the peer makes us answer and does not read. */
  readonly maxOutputBytes: number;

  // --- header sections
  /** Sum of name + value + 32 over the fields (RFC 9113 6.5.2). Over it: 431, or a stream error for an endpoint. */
  readonly headerListBytes: number;
  /** Fields in one header section. Over it as above. */
  readonly headerCount: number;
  /** Bytes of a header block as sent. Over it the connection ends: HPACK's state would be lost (CVE-2024-27316). */
  readonly blockBytes: number;
  /** CONTINUATION frames of one header block; 64 KiB need three. */
  readonly continuations: number;

  // --- what is answered
  /**
   * Frames that move nothing (PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty DATA, frames on closed streams, unknown
   * ones): so many at once, and so many more each tick. What moves something earns some (budget.ts). CVE-2019-9511 …
   * 9518.
   */
  readonly idleFrames: number;
  readonly idleFramesPerTick: number;
  /**
   * Streams reset before they were complete, by the peer (CVE-2023-44487) or by us because of what it sent
   * (CVE-2025-8671): so many at once, and so many more each tick; each that is completed earns one.
   */
  readonly resets: number;
  readonly resetsPerTick: number;

  // --- time, in ticks
  /** From the connection's beginning to the peer's preface and SETTINGS. */
  readonly prefaceTicks: number;
  /** For the rest of a frame or header block that has begun. */
  readonly partialTicks: number;
  /** For the next DATA of a body whose length was announced; bodies without one may rest, as streams of gRPC do. */
  readonly bodyTicks: number;
  /** For the peer to take what a stream has been waiting to send: a window that opens by bytes holds memory. */
  readonly blockedTicks: number;
  /** Without a stream. */
  readonly idleTicks: number;
  /** After which a connection is drained, whatever it does. */
  readonly lifetimeTicks: number;
  /** Silence while streams are open, after which the peer is asked for a sign of life; and how long it may take. */
  readonly pingAfterTicks: number;
  readonly pingTicks: number;
}

/** What both sides share. */
const COMMON = {
  streamsBeforeSettings: 0,
  streamWindow: 262_144,
  maxStreamWindow: 1_048_576,
  connectionWindow: 4_194_304,
  heldBytes: 33_554_432,
  outputBytes: 262_144,
  maxOutputBytes: 4_194_304,
  headerListBytes: 65_536,
  headerCount: 128,
  blockBytes: 98_304,
  continuations: 16,
  idleFrames: 4_000,
  idleFramesPerTick: 500,
  resets: 1_000,
  resetsPerTick: 50,
  partialTicks: ticks(60_000),
  bodyTicks: ticks(60_000),
  blockedTicks: ticks(300_000),
};

/** For connections of clients. Idle as in HTTP/1.1: applications close theirs much sooner. */
export const SERVER_LIMITS: H2Limits = {
  ...COMMON,
  maxStreams: 100,
  prefaceTicks: ticks(60_000),
  idleTicks: ticks(3_600_000),
  lifetimeTicks: ticks(24 * 3_600_000),
  pingAfterTicks: ticks(60_000),
  pingTicks: ticks(20_000),
};

/**
 * For connections to endpoints. `maxStreams` holds where the endpoint allows more, or says nothing. Servers of gRPC
 * end connections whose client asks for a sign of life more often than every five minutes (its keepalive
 * specification, «too_many_pings»).
 */
export const CLIENT_LIMITS: H2Limits = {
  ...COMMON,
  // Endpoints take the time that the request's own limits leave them.
  bodyTicks: Number.POSITIVE_INFINITY,
  maxStreams: 250,
  prefaceTicks: ticks(10_000),
  // Pools close theirs much sooner.
  idleTicks: ticks(3_600_000),
  lifetimeTicks: Number.POSITIVE_INFINITY,
  pingAfterTicks: ticks(330_000),
  pingTicks: ticks(20_000),
};
