// One proxy's delta ADS stream: takes its requests, knows what it holds, sends what differs. At most one response
// of a type is on its way; whatever changes meanwhile is merged into the next.

import { status } from '@grpc/grpc-js';
import type { ResourceType } from '@weft/api/proxy-config/types';
import { type DeltaRequest, encodeDeltaResponse, type Node } from '@weft/common/xds/discovery';
import { parseNack } from '@weft/common/xds/nack';
import { typeOfUrl, typeUrl } from '@weft/common/xds/resource';
import type { ClientView, ConfigView } from '../../compile/config-view.ts';
import type { EncodedResource, ResourceEncoder } from '../resource-encoder.ts';
import { isResourceType, PUSH_ORDER, type PushStep } from './push-order.ts';
import { Subscriptions } from './subscriptions.ts';

/** The transport under a stream. */
export interface ResponseSink {
  /** Calls back when the transport has taken the message and would take another. */
  write(response: Buffer, done: () => void): void;
}

/** Why a stream has to end. */
export interface StreamRefusal {
  readonly code: status;
  readonly details: string;
}

/** One refused resource; `name` is '' where the client did not say which. */
export interface Nack {
  readonly type: ResourceType;
  readonly name: string;
  readonly field: string;
  readonly message: string;
}

export interface StreamObserver {
  /** The first message said who is there. */
  onNode(node: Node): void;
  onPush(type: ResourceType, resources: number, removed: number): void;
  /** The client accepted these names of a response and refused those. */
  onAnswer(type: ResourceType, accepted: readonly string[], nacks: readonly Nack[]): void;
}

/** A proxy holds what it uses; a client that asks for more is broken or hostile. */
const MAX_NAMES = 20_000;

export class AdsStream {
  readonly #client: ClientView;
  readonly #encoder: ResourceEncoder;
  readonly #sink: ResponseSink;
  readonly #observer: StreamObserver;
  readonly #types = new Map<ResourceType, Subscriptions>();
  #view: ConfigView;
  #hasNode = false;
  #isWriting = false;
  #nonce = 0;

  constructor(options: {
    readonly client: ClientView;
    readonly view: ConfigView;
    readonly encoder: ResourceEncoder;
    readonly sink: ResponseSink;
    readonly observer: StreamObserver;
  }) {
    this.#client = options.client;
    this.#view = options.view;
    this.#encoder = options.encoder;
    this.#sink = options.sink;
    this.#observer = options.observer;
  }

  /** Names subscribed, and how many of them the client has accepted in their newest content. */
  get progress(): { readonly subscribed: number; readonly acked: number } {
    let subscribed = 0;
    let acked = 0;
    for (const subscriptions of this.#types.values()) {
      subscribed += subscriptions.size;
      acked += subscriptions.acked;
    }
    return { subscribed, acked };
  }

  /** Takes a message of the client's; a refusal ends the stream. */
  receive(request: DeltaRequest): StreamRefusal | undefined {
    const type = typeOfUrl(request.typeUrl);
    if (!isResourceType(type)) return invalid(`unknown resource type ${request.typeUrl}`);
    if (!this.#hasNode) {
      const refusal = this.#introduce(request.node);
      if (refusal !== undefined) return refusal;
    }
    const subscriptions = this.#types.get(type) ?? new Subscriptions();
    this.#types.set(type, subscriptions);
    this.#answer(type, subscriptions, request);
    if (request.subscribe.includes('*')) return invalid('resources are served by name, not by wildcard');
    for (const name of request.unsubscribe) subscriptions.unsubscribe(name);
    for (const name of request.subscribe) {
      subscriptions.subscribe(name, this.#resource(type, name), request.initialVersions.get(name));
    }
    if (subscriptions.size > MAX_NAMES) {
      return { code: status.RESOURCE_EXHAUSTED, details: `more than ${MAX_NAMES} resources of ${type}` };
    }
    this.#push();
    return undefined;
  }

  /** Sends what differs in the new configuration. */
  update(view: ConfigView): void {
    this.#view = view;
    let changed = false;
    for (const [type, subscriptions] of this.#types) {
      for (const name of subscriptions.names) {
        if (subscriptions.refresh(name, this.#resource(type, name))) changed = true;
      }
    }
    if (changed) this.#push();
  }

  #introduce(node: Node | undefined): StreamRefusal | undefined {
    if (node === undefined) return invalid('the first message of a stream has to carry the node');
    if (node.id !== this.#client.id) {
      const details = `the token is for ${this.#client.id}, the node says ${node.id}`;
      return { code: status.PERMISSION_DENIED, details };
    }
    this.#hasNode = true;
    this.#observer.onNode(node);
    return undefined;
  }

  #answer(type: ResourceType, subscriptions: Subscriptions, request: DeltaRequest): void {
    if (request.responseNonce === '') return;
    const { errorDetail } = request;
    const nacks = errorDetail === undefined ? [] : nacksOf(type, errorDetail.message);
    const isPartial = nacks.every(({ name }) => name !== '');
    const refused = isPartial ? new Set(nacks.map(({ name }) => name)) : 'all';
    const accepted = subscriptions.answered(request.responseNonce, refused);
    if (accepted !== undefined) this.#observer.onAnswer(type, accepted, nacks);
  }

  #resource(type: ResourceType, name: string): EncodedResource | undefined {
    // How a workload is reached and who may call it is for its own proxy only.
    if (type === 'Inbound' && name !== this.#client.id) return undefined;
    const resource = this.#view.resource(type, name, this.#client);
    return resource === undefined ? undefined : this.#encoder.encode(type, resource);
  }

  /** Goes through the steps in order as far as the client and the transport keep up. */
  #push(): void {
    for (const step of PUSH_ORDER) {
      if (this.#isWriting) return;
      const subscriptions = this.#types.get(step.type);
      if (subscriptions === undefined) continue;
      const resources = step.change === 'add' ? subscriptions.pendingResources() : [];
      const removed = step.change === 'remove' ? subscriptions.pendingRemovals() : [];
      if (resources.length === 0 && removed.length === 0) continue;
      // Later steps wait too: they may refer to this one.
      if (subscriptions.isWaiting) return;
      this.#send(step, subscriptions, resources, removed);
    }
  }

  #send(
    { type }: PushStep,
    subscriptions: Subscriptions,
    resources: readonly EncodedResource[],
    removed: readonly string[],
  ): void {
    const nonce = String(++this.#nonce);
    subscriptions.sent(nonce, [...resources.map(({ name }) => name), ...removed]);
    const bytes = resources.map((resource) => resource.bytes);
    this.#isWriting = true;
    this.#sink.write(
      encodeDeltaResponse({ typeUrl: typeUrl(type), nonce, resources: bytes, removed }),
      () => {
        this.#isWriting = false;
        this.#push();
      },
    );
    this.#observer.onPush(type, resources.length, removed.length);
  }
}

function nacksOf(type: ResourceType, message: string): Nack[] {
  const named = parseNack(message).filter((refused) => refused.type === type);
  // A client that does not say which resource it means has accepted none of them.
  if (named.length === 0) return [{ type, name: '', field: '', message }];
  return named.map(({ name, field, message }) => ({ type, name, field, message }));
}

function invalid(details: string): StreamRefusal {
  return { code: status.INVALID_ARGUMENT, details };
}
