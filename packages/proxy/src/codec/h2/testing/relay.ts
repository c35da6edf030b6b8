// The least that makes a proxy of the codec: each request of a client goes to one endpoint, and its answer back.

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type {
  DownstreamOwner,
  DownstreamStream,
  ResponseHead,
  Trailers,
  UpstreamError,
  UpstreamOwner,
  UpstreamStream,
} from '../../../stack/http.ts';
import { KNOWN } from '../../../stack/known-header.ts';
import { connectShared, shareReads } from '../../../transport/shared-read.ts';
import { Ticker } from '../../../transport/ticker.ts';
import { H2ClientConnection, type H2ClientOwner } from '../client-connection.ts';
import { CLIENT_LIMITS, type H2Limits, SERVER_LIMITS } from '../limits.ts';
import type { H2Refusal } from '../refusal.ts';
import { H2ServerConnection, type H2ServerOwner } from '../server-connection.ts';

export interface RelayOptions {
  readonly server?: Partial<H2Limits>;
  readonly client?: Partial<H2Limits>;
  /** The test says what time it is, by `onTick` of the connections. */
  readonly hasNoClock?: boolean;
}

/** What became of requests that were not simply answered: flag or refusal, and details. */
export type Outcome = readonly [what: string, details: string];

export class Relay implements AsyncDisposable {
  readonly outcomes: Outcome[] = [];
  readonly ticker = new Ticker();
  readonly downstreams = new Set<H2ServerConnection>();
  upstream: H2ClientConnection | undefined;
  readonly #server: Server;
  readonly #endpointPort: number;
  readonly #limits: RelayOptions;
  readonly #waiting: RelayedRequest[] = [];
  #watcher: (() => void) | undefined;

  constructor(server: Server, endpointPort: number, limits: RelayOptions) {
    this.#server = server;
    this.#endpointPort = endpointPort;
    this.#limits = limits;
    server.on('connection', (socket: Socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #accept(socket: Socket): void {
    const owner: H2ServerOwner = {
      onRequest: (stream) => this.#take(new RelayedRequest(stream, this)),
      onRefused: (refusal: H2Refusal) => this.note('refused', refusal.details),
      onClose: () => {
        this.ticker.unwatch(connection);
        this.downstreams.delete(connection);
        this.changed();
      },
    };
    const connection = new H2ServerConnection(shareReads(socket), owner, {
      ...SERVER_LIMITS,
      ...this.#limits.server,
    });
    this.downstreams.add(connection);
    if (this.#limits.hasNoClock !== true) this.ticker.watch(connection);
  }

  #take(request: RelayedRequest): void {
    if (this.upstream?.isUsable === true) request.go(this.upstream);
    else {
      this.#waiting.push(request);
      if (this.upstream === undefined) this.#connect();
    }
  }

  #connect(): void {
    const socket = connectShared({ port: this.#endpointPort, host: '127.0.0.1', noDelay: true });
    const owner: H2ClientOwner = {
      onAvailable: (connection) => {
        while (connection.isUsable && this.#waiting.length > 0) this.#waiting.shift()?.go(connection);
      },
      onDraining: (connection) => this.#onGone(connection),
      onGone: (connection) => {
        this.ticker.unwatch(connection);
        this.#onGone(connection);
        this.changed();
      },
    };
    this.upstream = new H2ClientConnection(socket, owner, { ...CLIENT_LIMITS, ...this.#limits.client });
    owner.onAvailable(this.upstream);
    if (this.#limits.hasNoClock !== true) this.ticker.watch(this.upstream);
  }

  #onGone(connection: H2ClientConnection): void {
    if (this.upstream !== connection) return;
    this.upstream = undefined;
    if (this.#waiting.length > 0) this.#connect();
  }

  note(what: string, details: string): void {
    this.outcomes.push([what, details]);
    this.changed();
  }

  changed(): void {
    this.#watcher?.();
  }

  /** Resolves when the outcomes (or connections) are so. */
  async until(isMet: () => boolean, what: string): Promise<void> {
    if (isMet()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`not ${what} in time; so far ${JSON.stringify(this.outcomes)}`));
      }, 10_000);
      this.#watcher = () => {
        if (!isMet()) return;
        clearTimeout(timer);
        this.#watcher = undefined;
        resolve();
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#waiting.length = 0;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const { socket } of this.downstreams) socket.destroy();
    this.upstream?.socket.destroy();
    await closed;
  }
}

export async function startRelay(endpointPort: number, limits: RelayOptions = {}): Promise<Relay> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
  const relay = new Relay(server, endpointPort, limits);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return relay;
}

class RelayedRequest implements DownstreamOwner, UpstreamOwner {
  readonly #downstream: DownstreamStream;
  readonly #relay: Relay;
  #upstream: UpstreamStream | undefined;
  #hasHead = false;
  #isTunnel = false;
  #isGone = false;

  constructor(downstream: DownstreamStream, relay: Relay) {
    this.#downstream = downstream;
    this.#relay = relay;
    downstream.owner = this;
  }

  go(connection: H2ClientConnection): void {
    if (this.#isGone) return;
    const { request } = this.#downstream;
    const [path = '', ...query] = request.target.split('?');
    request.path = path;
    request.query = query.join('?');
    request.authority = request.known(KNOWN.host) ?? '';
    const upstream = connection.open();
    this.#upstream = upstream;
    upstream.start(this);
    upstream.sendHead(request);
    if (request.hasBody) this.#downstream.receiveBody();
    else if (request.upgrade === undefined) upstream.sendEnd(undefined);
    upstream.flush();
    this.#relay.changed();
  }

  onRequestData(chunk: Buffer): boolean {
    return this.#upstream?.sendData(chunk) ?? true;
  }

  onRequestEnd(trailers: Trailers | undefined): void {
    this.#upstream?.sendEnd(trailers);
  }

  onRequestFlush(): void {
    this.#upstream?.flush();
  }

  onUpstreamDrain(): void {
    this.#downstream.resumeBody();
  }

  onInformational(head: ResponseHead): void {
    this.#downstream.sendInformational(head);
  }

  onResponseHead(head: ResponseHead): void {
    this.#hasHead = true;
    this.#isTunnel = head.status === 101;
    this.#downstream.sendHead(head);
    if (this.#isTunnel) this.#downstream.receiveBody();
    else if (this.#downstream.request.upgrade !== undefined) this.#upstream?.sendEnd(undefined);
  }

  onResponseData(chunk: Buffer): boolean {
    return this.#downstream.sendData(chunk);
  }

  onResponseEnd(trailers: Trailers | undefined): void {
    if (!this.#isTunnel) this.#upstream = undefined;
    this.#downstream.sendEnd(trailers);
  }

  onResponseFlush(): void {
    this.#downstream.flush();
  }

  onDownstreamDrain(): void {
    this.#upstream?.resumeResponse();
  }

  onUpstreamError(error: UpstreamError): void {
    this.#upstream = undefined;
    this.#relay.note(`${error.flag} ${error.safety}`, error.details);
    if (this.#hasHead) this.#downstream.abort();
    else this.#downstream.reply(503, [['x-weft-response-flags', error.flag]], error.details);
  }

  onDownstreamAbort(flag: string, details: string): void {
    this.#isGone = true;
    this.#relay.note(flag, details);
    this.#upstream?.abort();
    this.#upstream = undefined;
  }
}
