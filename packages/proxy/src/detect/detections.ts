// What was found out about ports that do not say what they speak: remembered, so that the next connection is served
// without a pause; counted, so that people learn which ports to declare.
//
// A memory only says what to try first. What a client says is looked at all the same, so that a wrong one costs a
// pause and nothing else.

import { labels } from '@weft/common/metrics/labels';
import type { Registry } from '@weft/common/metrics/registry';

export type DetectedProtocol = 'http1' | 'http2' | 'tls' | 'tcp';
export type Direction = 'outbound' | 'inbound';
export type Speaker = 'client' | 'server';

export interface Learned {
  readonly protocol: DetectedProtocol;
  /** Who spoke first. */
  readonly speaker: Speaker;
}

/** One line of GET /detected. */
export interface Detection extends Learned {
  readonly direction: Direction;
  /** Name of the Outbound, or the workload's port. */
  readonly destination: string;
  readonly connections: number;
  readonly lastSeen: Date;
}

/** What has not been seen for so long is found out again. */
const MEMORY_MS = 3_600_000;
/** Destinations and ports; the one that was not seen for longest makes room. */
const MAX_PLACES = 1_000;

interface Place {
  readonly direction: Direction;
  readonly destination: string;
  latest: Learned;
  seenAt: number;
  readonly counts: Map<string, { learned: Learned; connections: number; seenAt: number }>;
}

export class Detections {
  readonly #now: () => number;
  /** In the order in which they were last seen. */
  readonly #places = new Map<string, Place>();

  constructor(registry: Registry, now: () => number = Date.now) {
    this.#now = now;
    registry.observe({
      kind: 'counter',
      name: 'weft_detected_connections_total',
      help: 'Connections to ports that do not declare a protocol, by what they turned out to speak, and who spoke first.',
      read: () =>
        this.list().map(({ direction, destination, protocol, speaker, connections }) => [
          labels({ direction, destination, protocol, speaker }),
          connections,
        ]),
    });
  }

  /** What the last connection there was, if that is not too long ago. */
  recall(direction: Direction, destination: string): Learned | undefined {
    const place = this.#places.get(key(direction, destination));
    return place === undefined || this.#now() - place.seenAt > MEMORY_MS ? undefined : place.latest;
  }

  record(direction: Direction, destination: string, protocol: DetectedProtocol, speaker: Speaker): void {
    const name = key(direction, destination);
    const seenAt = this.#now();
    const learned = { protocol, speaker };
    const place = this.#places.get(name) ?? {
      direction,
      destination,
      latest: learned,
      seenAt,
      counts: new Map(),
    };
    place.latest = learned;
    place.seenAt = seenAt;
    const kind = `${protocol} ${speaker}`;
    const count = place.counts.get(kind) ?? { learned, connections: 0, seenAt };
    count.connections++;
    count.seenAt = seenAt;
    place.counts.set(kind, count);
    this.#places.delete(name);
    this.#places.set(name, place);
    if (this.#places.size > MAX_PLACES) this.#places.delete(this.#places.keys().next().value as string);
  }

  list(): Detection[] {
    return [...this.#places.values()].flatMap(({ direction, destination, counts }) =>
      [...counts.values()].map(({ learned, connections, seenAt }) => ({
        direction,
        destination,
        ...learned,
        connections,
        lastSeen: new Date(seenAt),
      })),
    );
  }
}

function key(direction: Direction, destination: string): string {
  return `${direction} ${destination}`;
}
