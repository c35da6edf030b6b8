// What one stream has asked for of one type, and how far it has got: the bookkeeping of incremental xDS
// (https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#incremental-xds), without a socket.

import type { EncodedResource } from '../resource-encoder.ts';

/** A name's newest content, or that there is none; the same words for what was sent and acknowledged. */
const ABSENT = '';

interface Subscription {
  /** Undefined: no such resource. */
  resource: EncodedResource | undefined;
  /** Version that the client was last sent, ABSENT for a removal; undefined: nothing yet. */
  sent: string | undefined;
  /** Version that it last accepted. */
  acked: string | undefined;
}

/** One response on its way: what each name's version was in it. */
interface Outstanding {
  readonly nonce: string;
  readonly versions: ReadonlyMap<string, string>;
}

export class Subscriptions {
  readonly #byName = new Map<string, Subscription>();
  /** Names whose newest content was not sent. */
  readonly #pending = new Set<string>();
  #outstanding: Outstanding | undefined;

  get size(): number {
    return this.#byName.size;
  }

  get names(): IterableIterator<string> {
    return this.#byName.keys();
  }

  /** Names that the client has accepted in their newest content. */
  get acked(): number {
    let count = 0;
    for (const subscription of this.#byName.values()) {
      if (subscription.acked === versionOf(subscription.resource)) count++;
    }
    return count;
  }

  /** A response is on its way: the next one of this type waits for its ACK or NACK. */
  get isWaiting(): boolean {
    return this.#outstanding !== undefined;
  }

  /**
   * Asks for a name. `held`: the version that the client brought with it from an earlier stream. A name asked for
   * again is sent again, as the protocol says.
   */
  subscribe(name: string, resource: EncodedResource | undefined, held: string | undefined): void {
    this.#byName.set(name, { resource, sent: held, acked: held });
    if (versionOf(resource) === held) this.#pending.delete(name);
    else this.#pending.add(name);
  }

  unsubscribe(name: string): void {
    this.#byName.delete(name);
    this.#pending.delete(name);
  }

  /** Takes a name's newest content; true where it has to be sent. */
  refresh(name: string, resource: EncodedResource | undefined): boolean {
    const subscription = this.#byName.get(name);
    if (subscription === undefined || subscription.resource === resource) return false;
    subscription.resource = resource;
    if (subscription.sent === versionOf(resource)) {
      this.#pending.delete(name);
      return false;
    }
    this.#pending.add(name);
    return true;
  }

  /** Resources that wait to be sent. */
  pendingResources(): EncodedResource[] {
    const resources: EncodedResource[] = [];
    for (const name of this.#pending) {
      const resource = this.#byName.get(name)?.resource;
      if (resource !== undefined) resources.push(resource);
    }
    return resources;
  }

  /** Names that wait to be said not to exist. */
  pendingRemovals(): string[] {
    return [...this.#pending].filter((name) => this.#byName.get(name)?.resource === undefined);
  }

  /** These names are on their way under the nonce. */
  sent(nonce: string, names: readonly string[]): void {
    const versions = new Map<string, string>();
    for (const name of names) {
      const subscription = this.#byName.get(name);
      if (subscription === undefined) continue;
      subscription.sent = versionOf(subscription.resource);
      versions.set(name, subscription.sent);
      this.#pending.delete(name);
    }
    this.#outstanding = { nonce, versions };
  }

  /**
   * The client's answer: all names of the response are accepted but those in `refused`. Returns the accepted ones;
   * undefined for a nonce that is not the last one's.
   */
  answered(nonce: string, refused: ReadonlySet<string> | 'all'): readonly string[] | undefined {
    if (this.#outstanding?.nonce !== nonce) return undefined;
    const { versions } = this.#outstanding;
    this.#outstanding = undefined;
    if (refused === 'all') return [];
    const accepted: string[] = [];
    for (const [name, version] of versions) {
      const subscription = this.#byName.get(name);
      if (refused.has(name)) continue;
      accepted.push(name);
      if (subscription !== undefined) subscription.acked = version;
    }
    return accepted;
  }
}

function versionOf(resource: EncodedResource | undefined): string {
  return resource?.version ?? ABSENT;
}
