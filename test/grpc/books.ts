// A gRPC service of the tests and its client, both by grpc-js: all four kinds of call, without a schema. Messages are
// bytes; what a call is to do besides is in its metadata.

import {
  Client,
  type ClientOptions,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  type sendUnaryData,
} from '@grpc/grpc-js';

type Method = MethodDefinition<Buffer, Buffer>;

function method(name: string, requestStream: boolean, responseStream: boolean): Method {
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    path: `/shop.Books/${name}`,
    requestStream,
    responseStream,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}

const METHODS = {
  /** Answers with the request; fails with the code in `fail`; does not answer at all where `sleep` is set. */
  Get: method('Get', false, false),
  /** Answers as many messages as the request says in decimal; goes on until it is cancelled where that is 0. */
  List: method('List', false, true),
  /** Answers the number of messages and of their bytes: `3 12`. */
  Put: method('Put', true, false),
  /** Answers each message with itself. */
  Talk: method('Talk', true, true),
} as const;

type AnyCall =
  | ServerUnaryCall<Buffer, Buffer>
  | ServerWritableStream<Buffer, Buffer>
  | ServerReadableStream<Buffer, Buffer>
  | ServerDuplexStream<Buffer, Buffer>;

export interface BookServer extends AsyncDisposable {
  readonly port: number;
  /** Calls so far, in order. */
  readonly calls: readonly AnyCall[];
  /** The next call that begins. */
  nextCall(): Promise<AnyCall>;
}

/** `name`: sent as trailing metadata `x-server`. */
export async function startBooks(name = 'books'): Promise<BookServer> {
  const calls: AnyCall[] = [];
  const waiting: ((call: AnyCall) => void)[] = [];
  const begin = (call: AnyCall): void => {
    calls.push(call);
    for (const next of waiting.splice(0)) next(call);
    const head = new Metadata();
    for (const key of ['x-echo', 'x-echo-bin'])
      for (const value of call.metadata.get(key)) head.add(key, value);
    call.sendMetadata(head);
  };
  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  server.addService(METHODS, {
    Get(call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
      const [fail] = call.metadata.get('fail');
      if (fail !== undefined) {
        calls.push(call);
        return answer(failure(Number(fail)));
      }
      begin(call);
      if (call.metadata.get('sleep').length === 0) answer(null, call.request, trailer(name));
    },
    List(call: ServerWritableStream<Buffer, Buffer>) {
      begin(call);
      const count = Number(call.request.toString());
      for (let i = 0; i < count; i++) call.write(Buffer.from(String(i)));
      if (count > 0) call.end(trailer(name));
      else call.write(Buffer.from('first'));
    },
    Put(call: ServerReadableStream<Buffer, Buffer>, answer: sendUnaryData<Buffer>) {
      begin(call);
      let [messages, bytes] = [0, 0];
      call.on('data', (message: Buffer) => {
        messages++;
        bytes += message.length;
      });
      call.on('end', () => answer(null, Buffer.from(`${messages} ${bytes}`), trailer(name)));
    },
    Talk(call: ServerDuplexStream<Buffer, Buffer>) {
      begin(call);
      call.on('data', (message: Buffer) => call.write(message));
      call.on('end', () => call.end(trailer(name)));
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    calls,
    nextCall: () => new Promise((resolve) => waiting.push(resolve)),
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
    },
  };
}

function trailer(name: string): Metadata {
  const metadata = new Metadata();
  metadata.set('x-server', name);
  metadata.set('x-trailer-bin', Buffer.from([0, 1, 0xff]));
  return metadata;
}

function failure(code: number): Partial<StatusObject> {
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from('details'));
  return { code, details: 'no such book: “Ünter”', metadata };
}

/** How a call ended, with all that came. */
export interface CallEnd {
  readonly code: number;
  readonly details: string;
  readonly head: Metadata | undefined;
  readonly trailers: Metadata;
  readonly messages: readonly Buffer[];
}

export interface CallOptions {
  readonly metadata?: Readonly<Record<string, string | Buffer>>;
  readonly deadlineMs?: number;
}

/** One channel: one connection to the sidecar as long as that lasts. */
export class BookClient implements Disposable {
  readonly #client: Client;

  constructor(port: number, options: ClientOptions = {}) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      // One connection of its own for each client, however many there are in the process.
      'grpc.use_local_subchannel_pool': 1,
      ...options,
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  /** Any call, open: messages are written by `write` and `end`. */
  open(name: keyof typeof METHODS, { metadata = {}, deadlineMs }: CallOptions = {}) {
    const { path, requestSerialize, responseDeserialize } = METHODS[name];
    const sent = new Metadata();
    for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
    const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
    const stream = this.#client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      sent,
      options,
    );
    let head: Metadata | undefined;
    const messages: Buffer[] = [];
    stream.on('metadata', (received: Metadata) => {
      head = received;
    });
    stream.on('data', (message: Buffer) => messages.push(message));
    // The status says the same.
    stream.on('error', () => {});
    const end = new Promise<CallEnd>((resolve) => {
      stream.on('status', ({ code, details, metadata: trailers }: StatusObject) =>
        resolve({ code, details, head, trailers, messages }),
      );
    });
    return { stream, end, messages };
  }

  /** A whole call with these messages. */
  async call(
    name: keyof typeof METHODS,
    messages: readonly (Buffer | string)[],
    options: CallOptions = {},
  ): Promise<CallEnd> {
    const { stream, end } = this.open(name, options);
    for (const message of messages) stream.write(Buffer.from(message));
    stream.end();
    return end;
  }
}
