// gRPC while a test changes something: streams of some seconds in both directions, and unary calls between them, all
// on one connection, as a client keeps it.

import { setTimeout as sleep } from 'node:timers/promises';
import { Client, credentials, type ServiceError } from '@grpc/grpc-js';

/** For a workload of the mesh: sends each message back. SIGTERM: takes no new calls, ends when the last is over. */
export const GRPC_SERVER = `const { Server, ServerCredentials } = await import(process.env.GRPC);
const bytes = (value) => value;
const method = (path, streams) => ({
  path, requestStream: streams, responseStream: streams, requestSerialize: bytes, requestDeserialize: bytes,
  responseSerialize: bytes, responseDeserialize: bytes,
});
const server = new Server();
server.addService({ Echo: method('/soak.Echo/Echo', false), Talk: method('/soak.Echo/Talk', true) }, {
  Echo: (call, done) => done(null, call.request),
  Talk: (call) => {
    call.on('data', (message) => call.write(message));
    call.on('end', () => call.end());
  },
});
server.bindAsync('127.0.0.1:' + process.env.PORT, ServerCredentials.createInsecure(), () => {});
process.on('SIGTERM', () => server.tryShutdown(() => process.exit()));
`;

/** What the program above imports. */
export const GRPC_MODULE = import.meta.resolve('@grpc/grpc-js');

const STREAMS = 4;
const MESSAGE_PAUSE_MS = 20;

export class GrpcStreams implements AsyncDisposable {
  readonly failures: string[] = [];
  readonly #client: Client;
  readonly #running: Promise<unknown>;
  #isEnding = false;
  #streams = 0;
  #calls = 0;

  /** Whether one call is answered. */
  static async isServed(port: number): Promise<boolean> {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    const error = await callOn(client);
    client.close();
    return error === null;
  }

  /** To a port on 127.0.0.1; begins at once. */
  constructor(port: number) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      // What the client itself repeats would not be seen.
      'grpc.enable_retries': 0,
    });
    this.#running = Promise.all([
      ...Array.from({ length: STREAMS }, () => this.#repeat(() => this.#talk())),
      this.#repeat(() => this.#call()),
    ]);
  }

  /** Streams that are over. */
  get streams(): number {
    return this.#streams;
  }

  get calls(): number {
    return this.#calls;
  }

  /** Lets what is under way end. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    await this.#running;
    this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #repeat(once: () => Promise<void>): Promise<void> {
    while (!this.#isEnding) {
      const started = new Date().toISOString();
      await once().catch((error: Error) => this.failures.push(`begun ${started}: ${error.message}`));
    }
  }

  /** Two to four seconds; every message comes back, in order, and the status is OK. */
  async #talk(): Promise<void> {
    const count = Math.round((2000 + Math.random() * 2000) / MESSAGE_PAUSE_MS);
    const stream = this.#client.makeBidiStreamRequest('/soak.Echo/Talk', bytes, bytes);
    const received: string[] = [];
    stream.on('data', (message: Buffer) => received.push(String(message)));
    const over = new Promise<ServiceError | undefined>((resolve) => {
      stream.on('error', resolve);
      stream.on('status', ({ code }) => code === 0 && resolve(undefined));
    });
    for (let sent = 0; sent < count && !stream.destroyed; sent++) {
      stream.write(Buffer.from(String(sent)));
      await sleep(MESSAGE_PAUSE_MS);
    }
    stream.end();
    const error = await over;
    this.#streams++;
    if (error !== undefined) throw new Error(`stream after ${received.length} of ${count}: ${error.message}`);
    const isWhole = received.length === count && received.every((text, index) => text === String(index));
    if (!isWhole) throw new Error(`stream: ${received.length} of ${count} messages came back`);
  }

  async #call(): Promise<void> {
    const error = await callOn(this.#client);
    this.#calls++;
    if (error !== null) throw new Error(`call: ${error.message}`);
    await sleep(MESSAGE_PAUSE_MS);
  }
}

function callOn(client: Client): Promise<ServiceError | null> {
  return new Promise((resolve) => {
    client.makeUnaryRequest('/soak.Echo/Echo', bytes, bytes, Buffer.from('hello'), resolve);
  });
}

function bytes(value: Buffer): Buffer {
  return value;
}
