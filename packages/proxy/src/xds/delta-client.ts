// Keeps the delta ADS stream to the control plane: asks for resources by name, hands what comes to the sink,
// answers ACK or NACK, comes back after a loss with what it holds. While the control plane is away, names are
// answered from the cache on disk.

import type { ResourceType } from '@weft/api/proxy-config/types';
import { Backoff } from '@weft/common/backoff';
import type { Logger } from '@weft/common/logger/logger';
import {
  DELTA_ADS_METHOD,
  type DeltaResponse,
  decodeDeltaResponse,
  type ErrorDetail,
  encodeDeltaRequest,
  type Node,
} from '@weft/common/xds/discovery';
import { formatNack } from '@weft/common/xds/nack';
import { typeOfUrl, typeUrl } from '@weft/common/xds/resource';
import type { Refusal, ResourceSink, Subscriber, Update } from '../config/update.ts';
import type { ConfigCache } from './config-cache.ts';
import type { GrpcStream } from './grpc-call.ts';
import type { GrpcChannel } from './grpc-channel.ts';
import { GRPC_STATUS, type GrpcStatus } from './grpc-status.ts';
import { type ReadResource, readResource, readResources } from './read-resource.ts';
import { TypeSubscription } from './type-subscription.ts';

export interface DeltaClientOptions {
  readonly channel: GrpcChannel;
  readonly node: Node;
  readonly sink: ResourceSink;
  readonly log: Logger;
  /** Absent: nothing is served before the control plane answers. */
  readonly cache?: ConfigCache;
  readonly backoff?: Backoff;
  /** The control plane counts as away when it has not accepted the stream for so long. Default 1 s. */
  readonly patienceMs?: number;
}

/** For telemetry; counters only grow. */
export interface DeltaClientState {
  readonly connected: boolean;
  /** Streams that the control plane accepted. */
  readonly streams: number;
  /** Responses taken, and refused in part or whole. */
  readonly updates: number;
  readonly nacks: number;
  /** Resources that were taken from the cache. */
  readonly fromCache: number;
  /** Epoch milliseconds of the last response. */
  readonly lastUpdate?: number;
}

/** A stream that lived for so long was a success: the next loss is answered quickly again. */
const STABLE_MS = 10_000;
const DEFAULT_PATIENCE_MS = 1_000;
/** What a sidecar may be late by when the control plane has been away for long and comes back. */
const MAX_RETRY_MS = 5_000;

export class DeltaClient implements Subscriber, AsyncDisposable {
  readonly #options: DeltaClientOptions;
  readonly #backoff: Backoff;
  readonly #types = new Map<ResourceType, TypeSubscription>();
  #stream: GrpcStream | undefined;
  /** The server knows who we are, on the stream that is open. */
  #isIntroduced = false;
  #connected = false;
  /** The control plane does not answer: names are looked up in the cache. */
  #isAway = false;
  #isFlushQueued = false;
  #timer: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;
  #closed = false;
  #streams = 0;
  #updates = 0;
  #nacks = 0;
  #fromCache = 0;
  #lastUpdate: number | undefined;

  constructor(options: DeltaClientOptions) {
    this.#options = options;
    this.#backoff = options.backoff ?? new Backoff({ capMs: MAX_RETRY_MS });
  }

  get state(): DeltaClientState {
    return {
      connected: this.#connected,
      streams: this.#streams,
      updates: this.#updates,
      nacks: this.#nacks,
      fromCache: this.#fromCache,
      ...(this.#lastUpdate !== undefined && { lastUpdate: this.#lastUpdate }),
    };
  }

  /** Opens the stream, and again whenever it is lost. */
  start(): void {
    this.#patience = setTimeout(() => this.#goAway(), this.#options.patienceMs ?? DEFAULT_PATIENCE_MS);
    this.#connect();
  }

  subscribe(type: ResourceType, name: string): void {
    if (this.#type(type).subscribe(name)) this.#queueFlush();
  }

  unsubscribe(type: ResourceType, name: string): void {
    if (!this.#type(type).unsubscribe(name)) return;
    this.#options.cache?.remove(type, name);
    this.#queueFlush();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#patience);
    this.#stream?.cancel();
    await this.#options.cache?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #type(type: ResourceType): TypeSubscription {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    const subscription = new TypeSubscription();
    this.#types.set(type, subscription);
    return subscription;
  }

  // --- the stream ------------------------------------------------------------------------------------------

  #connect(): void {
    for (const subscription of this.#types.values()) subscription.restart();
    this.#isIntroduced = false;
    let openedAt: number | undefined;
    this.#stream = this.#options.channel.stream(DELTA_ADS_METHOD, {
      onOpen: () => {
        openedAt = Date.now();
        this.#opened();
      },
      onMessage: (message) => this.#receive(message),
      onEnd: (status) => {
        const wasStable = openedAt !== undefined && Date.now() - openedAt >= STABLE_MS;
        if (wasStable) this.#backoff.reset();
        this.#lost(status, wasStable);
      },
    });
    this.#flush();
  }

  #opened(): void {
    clearTimeout(this.#patience);
    this.#connected = true;
    this.#isAway = false;
    this.#streams++;
    this.#options.log.info('connected to the control plane');
  }

  /** `wasStable`: most likely the control plane was replaced, and another is there already. */
  #lost({ code, message }: GrpcStatus, wasStable: boolean): void {
    this.#stream = undefined;
    this.#connected = false;
    if (this.#closed) return;
    const retryMs = wasStable ? 0 : this.#backoff.next();
    this.#options.log.warn('no stream to the control plane', { code, reason: message, retryMs });
    this.#timer = setTimeout(() => this.#connect(), retryMs);
    this.#goAway();
  }

  /** Batches the calls of one turn into one message for each type. */
  #queueFlush(): void {
    if (this.#isFlushQueued) return;
    this.#isFlushQueued = true;
    queueMicrotask(() => {
      this.#isFlushQueued = false;
      if (this.#closed) return;
      this.#flush();
      if (this.#isAway) this.#answerFromCache();
    });
  }

  #flush(): void {
    if (this.#stream === undefined) return;
    for (const [type, subscription] of this.#types) {
      const changes = subscription.takeChanges();
      if (changes === undefined) continue;
      const { subscribe, unsubscribe, versions } = changes;
      this.#request({ type, subscribe, unsubscribe, initialVersions: versions, responseNonce: '' });
    }
  }

  #request(request: {
    readonly type: ResourceType;
    readonly subscribe: readonly string[];
    readonly unsubscribe: readonly string[];
    readonly initialVersions: ReadonlyMap<string, string>;
    readonly responseNonce: string;
    readonly errorDetail?: ErrorDetail;
  }): void {
    const { type, ...rest } = request;
    const node = this.#isIntroduced ? {} : { node: this.#options.node };
    this.#isIntroduced = true;
    this.#stream?.write(encodeDeltaRequest({ ...node, typeUrl: typeUrl(type), ...rest }));
  }

  // --- what comes ------------------------------------------------------------------------------------------

  #receive(message: Buffer): void {
    let response: DeltaResponse;
    try {
      response = decodeDeltaResponse(message);
    } catch (error) {
      this.#options.log.error('a response of the control plane can not be read', { error });
      this.#stream?.cancel();
      return;
    }
    const type = typeOfUrl(response.typeUrl) as ResourceType | undefined;
    const subscription = type && this.#types.get(type);
    // Nothing of this type was asked for: not ours to judge, and no reason to refuse it.
    if (type === undefined || subscription === undefined) return;
    this.#updates++;
    this.#lastUpdate = Date.now();
    const refusals = this.#apply(type, subscription, response);
    const refused = refusals.length > 0;
    if (refused) this.#nacks++;
    this.#report(refusals);
    this.#request({
      type,
      subscribe: [],
      unsubscribe: [],
      initialVersions: new Map(),
      responseNonce: response.nonce,
      ...(refused && {
        errorDetail: { code: GRPC_STATUS.INVALID_ARGUMENT, message: formatNack(refusals) },
      }),
    });
  }

  #apply(type: ResourceType, subscription: TypeSubscription, response: DeltaResponse): readonly Refusal[] {
    // Names may have been given up while the response was on its way.
    const { names } = subscription;
    const { read, refusals: unreadable } = readResources(type, response.resources, names);
    const removed = response.removed.filter((name) => names.has(name));
    const refusals = [...unreadable, ...this.#offer(type, subscription, read, removed)];
    for (const name of removed) {
      subscription.drop(name);
      this.#options.cache?.remove(type, name);
    }
    return refusals;
  }

  /** Gives resources to the sink and keeps those that it takes. */
  #offer(
    type: ResourceType,
    subscription: TypeSubscription,
    resources: readonly ReadResource[],
    removed: readonly string[],
  ): readonly Refusal[] {
    if (resources.length === 0 && removed.length === 0) return [];
    const update: Update = {
      type,
      resources: resources.map(({ name, version, value }) => ({ name, version, value })),
      removed,
    };
    const refusals = this.#options.sink.apply(update);
    const refused = new Set(refusals.map(({ name }) => name));
    for (const { name, version, json } of resources) {
      if (refused.has(name) || !subscription.names.has(name)) continue;
      subscription.hold(name, version);
      this.#options.cache?.put(type, name, { version, json });
    }
    return refusals;
  }

  #report(refusals: readonly Refusal[]): void {
    for (const { type, name, field, message } of refusals) {
      this.#options.log.warn('a resource is refused', { object: `${type} ${name}`, field, reason: message });
    }
  }

  // --- without the control plane -----------------------------------------------------------------------------

  #goAway(): void {
    clearTimeout(this.#patience);
    this.#isAway = true;
    this.#answerFromCache();
  }

  /** Whatever is asked for, not held and kept on disk. The sink may ask for more: it is answered in its turn. */
  #answerFromCache(): void {
    const { cache, log } = this.#options;
    if (cache === undefined) return;
    for (const [type, subscription] of this.#types) {
      const resources: ReadResource[] = [];
      for (const name of subscription.names) {
        const kept = subscription.isHeld(name) ? undefined : cache.get(type, name);
        if (kept === undefined) continue;
        resources.push(readResource(name, kept));
      }
      if (resources.length === 0) continue;
      this.#fromCache += resources.length;
      log.warn('the control plane is away: serving by the kept configuration', {
        type,
        resources: resources.length,
      });
      const refusals = this.#offer(type, subscription, resources, []);
      this.#report(refusals);
      // Kept by another version of the proxy, it may be; it would be offered again and again.
      for (const { name } of refusals) cache.remove(type, name);
    }
  }
}
