// The delta ADS method on gRPC: authenticates a call, ties it to an AdsStream and that to the registry.

import { Metadata, type ServerDuplexStream, type ServiceDefinition } from '@grpc/grpc-js';
import type { Logger } from '@weft/common/logger/logger';
import {
  DELTA_ADS_METHOD,
  type DeltaRequest,
  decodeDeltaRequest,
  encodeDeltaRequest,
} from '@weft/common/xds/discovery';
import type { ClientView, ConfigView } from '../../compile/config-view.ts';
import { authenticate } from '../../identity/authenticate.ts';
import { proxyIdOf, type TokenVerifier } from '../../identity/token.ts';
import type { ResourceEncoder } from '../resource-encoder.ts';
import { AdsStream, type StreamObserver, type StreamRefusal } from './ads-stream.ts';
import type { XdsCounters } from './counters.ts';
import { proxyNode } from './proxy-node.ts';
import type { ProxyRegistry } from './proxy-registry.ts';

const asIs = (bytes: Buffer) => bytes;

/** Responses come encoded from the stream, so that proxies share their bytes. */
export const ADS_SERVICE = {
  DeltaAggregatedResources: {
    path: DELTA_ADS_METHOD,
    requestStream: true,
    responseStream: true,
    requestSerialize: encodeDeltaRequest,
    requestDeserialize: decodeDeltaRequest,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  },
} satisfies ServiceDefinition;

export interface AdsServiceOptions {
  readonly verifier: TokenVerifier;
  readonly encoder: ResourceEncoder;
  readonly registry: ProxyRegistry;
  readonly counters: XdsCounters;
  readonly log: Logger;
  /** The configuration now. */
  view(): ConfigView;
  /** Streams are not accepted before; absent: at once. */
  readonly viewComplete?: Promise<void>;
}

type AdsCall = ServerDuplexStream<DeltaRequest, Buffer>;

/** The handlers of ADS_SERVICE, and what the server does to all open streams. */
export class AdsService {
  readonly #options: AdsServiceOptions;
  readonly #open = new Map<AdsStream, AdsCall>();

  constructor(options: AdsServiceOptions) {
    this.#options = options;
  }

  /** Handler of the method. */
  readonly DeltaAggregatedResources = (call: AdsCall): void => {
    // Messages wait in the call until `data` is listened to.
    void this.#accept(call);
  };

  /** Pushes what differs to every stream. */
  update(view: ConfigView): void {
    for (const stream of this.#open.keys()) stream.update(view);
  }

  /** Ends every stream; proxies come back to whoever serves then. */
  endAll(refusal: StreamRefusal): void {
    for (const call of this.#open.values()) call.emit('error', refusal);
  }

  async #accept(call: AdsCall): Promise<void> {
    const { verifier, counters, log, viewComplete } = this.#options;
    const [identity] = await Promise.all([authenticate(call.metadata, verifier), viewComplete]);
    if (call.cancelled) return;
    if (identity.kind === 'refused') {
      counters.refusedCalls++;
      log.warn('a stream is refused', { peer: call.getPeer(), reason: identity.details });
      call.emit('error', identity);
      return;
    }
    counters.streams++;
    // Tells the client that it is accepted, also where nothing has to be sent.
    call.sendMetadata(new Metadata());
    this.#serve(call, { id: proxyIdOf(identity), namespace: identity.namespace });
  }

  #serve(call: AdsCall, client: ClientView): void {
    const { encoder, counters, view } = this.#options;
    const log = this.#options.log.with({ proxy: client.id });
    const stream: AdsStream = new AdsStream({
      client,
      view: view(),
      encoder,
      sink: { write: (response, done) => void call.write(response, done) },
      observer: this.#observer(call, client, log, () => stream),
    });
    this.#open.set(stream, call);
    call.on('data', (request: DeltaRequest) => {
      const refusal = stream.receive(request);
      if (refusal === undefined) return;
      counters.refusedCalls++;
      log.warn('the stream is ended', { reason: refusal.details });
      call.emit('error', refusal);
    });
    const ended = () => this.#ended(client.id, stream);
    call.once('end', () => {
      call.end();
      ended();
    });
    call.once('cancelled', ended);
    call.once('error', ended);
    call.once('close', ended);
  }

  #ended(id: string, stream: AdsStream): void {
    this.#open.delete(stream);
    this.#options.registry.disconnected(id, stream);
  }

  #observer(call: AdsCall, client: ClientView, log: Logger, stream: () => AdsStream): StreamObserver {
    const { registry, counters } = this.#options;
    return {
      onNode(node) {
        registry.connected(proxyNode(node, call.getPeer()), stream());
        log.info('connected', { peer: call.getPeer() });
      },
      onPush(type, resources, removed) {
        counters.pushed(type);
        registry.changed();
        log.debug('push', { type, resources, removed });
      },
      onAnswer(type, accepted, nacks) {
        registry.answered(client.id, type, accepted, nacks);
        for (const { name, field, message } of nacks) {
          counters.nacked(type);
          log.warn('the proxy refused a resource', { object: `${type} ${name}`, field, reason: message });
        }
      },
    };
  }
}
