// Every proxy that the control plane knows, connected or not: its stream, what it refused, its certificate.

import type { ProxyStatus } from '@weft/api/control-plane-api';
import type { ResourceType } from '@weft/api/proxy-config/types';
import type { IssuedCertificate } from '../../identity/signing-service.ts';
import type { AdsStream, Nack } from './ads-stream.ts';
import type { ProxyNode } from './proxy-node.ts';

interface Entry {
  readonly id: string;
  /** The newest one, where a proxy came back before its old connection was seen to be dead. */
  stream: AdsStream | undefined;
  node: ProxyNode | undefined;
  /** When it connected, or when it was lost. */
  since: Date;
  /** The refusals that stand, by type and name; one leaves when that resource is accepted. */
  readonly nacks: Map<string, ProxyStatus['nacks'][number]>;
  certificate: ProxyStatus['certificate'];
}

/** Kept for each proxy; the oldest leaves first. */
const MAX_NACKS = 20;

export class ProxyRegistry {
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<() => void>();
  #notifying: NodeJS.Immediate | undefined;

  statuses(): readonly ProxyStatus[] {
    return [...this.#entries.values()].map(statusOf);
  }

  /** Of the connected proxies. */
  nodes(): readonly ProxyNode[] {
    return [...this.#entries.values()].flatMap(({ stream, node }) => (stream && node ? [node] : []));
  }

  /** Called once after one or more changes. Returns the way to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  connected(node: ProxyNode, stream: AdsStream): void {
    const entry = this.#entry(node.id);
    entry.stream = stream;
    entry.node = node;
    entry.since = new Date();
    // A restarted proxy refuses again what it can not take.
    entry.nacks.clear();
    this.changed();
  }

  disconnected(id: string, stream: AdsStream): void {
    const entry = this.#entries.get(id);
    if (entry?.stream !== stream) return;
    entry.stream = undefined;
    entry.node = undefined;
    entry.since = new Date();
    this.changed();
  }

  answered(id: string, type: ResourceType, accepted: readonly string[], nacks: readonly Nack[]): void {
    const standing = this.#entry(id).nacks;
    for (const name of accepted) standing.delete(`${type} ${name}`);
    for (const { name, field, message } of nacks) {
      const at = new Date().toISOString();
      standing.set(`${type} ${name}`, { type, name, ...(field !== '' && { field }), message, at });
    }
    for (const key of standing.keys()) {
      if (standing.size <= MAX_NACKS) break;
      standing.delete(key);
    }
    this.changed();
  }

  issued({ proxyId, identity, notAfter }: IssuedCertificate): void {
    this.#entry(proxyId).certificate = { identity, notAfter: notAfter.toISOString() };
    this.changed();
  }

  /** Forgets proxies that are not connected and that nobody expects any more. */
  prune(isExpected: (id: string) => boolean): void {
    for (const { id, stream } of this.#entries.values()) {
      if (stream === undefined && !isExpected(id)) {
        this.#entries.delete(id);
        this.changed();
      }
    }
  }

  /** Something that `statuses` shows has changed. */
  changed(): void {
    this.#notifying ??= setImmediate(() => {
      this.#notifying = undefined;
      for (const listener of this.#listeners) listener();
    });
  }

  close(): void {
    clearImmediate(this.#notifying);
    this.#listeners.clear();
  }

  #entry(id: string): Entry {
    const known = this.#entries.get(id);
    if (known !== undefined) return known;
    const entry: Entry = {
      id,
      stream: undefined,
      node: undefined,
      since: new Date(),
      nacks: new Map(),
      certificate: undefined,
    };
    this.#entries.set(id, entry);
    return entry;
  }
}

function statusOf({ id, stream, node, since, nacks, certificate }: Entry): ProxyStatus {
  const { subscribed, acked } = stream?.progress ?? { subscribed: 0, acked: 0 };
  return {
    id,
    connected: stream !== undefined,
    since: since.toISOString(),
    subscribed,
    acked,
    synced: stream !== undefined && acked === subscribed,
    nacks: [...nacks.values()],
    ...(certificate && { certificate }),
    ...(node?.version !== undefined && { version: node.version }),
  };
}
