// One call to the control plane: messages both ways, and how it ended.

import { H2RequestHead } from '../codec/h2/request-head.ts';
import type {
  RequestHead,
  ResponseHead,
  Trailers,
  UpstreamError,
  UpstreamOwner,
  UpstreamStream,
} from '../stack/http.ts';
import { frameMessage, MessageDeframer } from './grpc-framing.ts';
import { decodeGrpcMessage, GRPC_STATUS, type GrpcStatus, statusOfHttp } from './grpc-status.ts';

export interface GrpcStreamHandlers {
  /** The server has accepted the call. */
  onOpen(): void;
  onMessage(message: Buffer): void;
  /** Exactly once, after which nothing else is called. */
  onEnd(status: GrpcStatus): void;
}

/** A call that is open both ways. */
export interface GrpcStream {
  /** Sends a message; dropped where the call has ended. */
  write(message: Uint8Array): void;
  /** Says that no message follows. */
  end(): void;
  /** Ends the call; `onEnd` gets CANCELLED. */
  cancel(): void;
}

/** Far above any message of a mesh, and a bound for a server that has gone mad. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Before the connection stands, messages wait in it. */
export class GrpcCall implements GrpcStream, UpstreamOwner {
  readonly #handlers: GrpcStreamHandlers;
  readonly #explain: (error: UpstreamError) => string;
  readonly #deframer = new MessageDeframer(MAX_MESSAGE_BYTES);
  readonly #waiting: Buffer[] = [];
  #isEnding = false;
  #isDone = false;
  #stream: UpstreamStream | undefined;
  #status: GrpcStatus | undefined;

  /** `explain`: says in words what became of the connection. */
  constructor(handlers: GrpcStreamHandlers, explain: (error: UpstreamError) => string) {
    this.#handlers = handlers;
    this.#explain = explain;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  // --- GrpcStream ------------------------------------------------------------------------------------------

  write(message: Uint8Array): void {
    if (this.#isDone) return;
    const framed = frameMessage(message);
    // Requests are small and few: whether the server takes them now is nothing to wait for.
    if (this.#stream === undefined) this.#waiting.push(framed);
    else this.#stream.sendData(framed);
  }

  end(): void {
    this.#isEnding = true;
    this.#stream?.sendEnd(undefined);
  }

  cancel(): void {
    this.finish({ code: GRPC_STATUS.CANCELLED, message: 'cancelled by us' });
  }

  // --- the channel's side ----------------------------------------------------------------------------------

  start(stream: UpstreamStream, head: RequestHead): void {
    this.#stream = stream;
    stream.start(this);
    stream.sendHead(head);
    for (const framed of this.#waiting.splice(0)) stream.sendData(framed);
    if (this.#isEnding) stream.sendEnd(undefined);
  }

  finish(status: GrpcStatus): void {
    if (this.#isDone) return;
    this.#isDone = true;
    // Without effect where the stream has ended both ways.
    this.#stream?.abort();
    this.#handlers.onEnd(status);
  }

  // --- UpstreamOwner ---------------------------------------------------------------------------------------

  onInformational(): void {}

  onResponseHead(head: ResponseHead): void {
    // "Trailers-only" (PROTOCOL-HTTP2.md): a refusal comes as the response head.
    this.#status =
      statusIn((name) => head.header(name)) ?? (head.status === 200 ? undefined : statusOfHttp(head.status));
    if (this.#status === undefined) this.#handlers.onOpen();
  }

  onResponseData(chunk: Buffer): boolean {
    // The body of an error page.
    if (this.#status !== undefined) return true;
    try {
      // A copy: the chunk is valid during this call only.
      this.#deframer.push(Buffer.from(chunk), (message) => {
        if (!this.#isDone) this.#handlers.onMessage(message);
      });
    } catch (error) {
      this.finish({ code: GRPC_STATUS.INTERNAL, message: (error as Error).message });
    }
    return true;
  }

  onResponseEnd(trailers: Trailers | undefined): void {
    this.#status ??= statusIn((name) => trailers?.find(([key]) => key === name)?.[1]);
    this.finish(
      this.#status ?? { code: GRPC_STATUS.UNKNOWN, message: 'the call ended without a grpc-status' },
    );
  }

  onResponseFlush(): void {}

  onUpstreamDrain(): void {}

  onUpstreamError(error: UpstreamError): void {
    this.finish({ code: GRPC_STATUS.UNAVAILABLE, message: this.#explain(error) });
  }
}

/** `method`: the path of the call. */
export function grpcRequest(method: string, authority: string, token: string): RequestHead {
  const head = new H2RequestHead();
  head.method = 'POST';
  head.path = method;
  head.authority = authority;
  head.hasBody = true;
  head.edits.acceptsTrailers = true;
  head.edits.add('content-type', 'application/grpc');
  head.edits.add('user-agent', 'weft-proxy');
  head.edits.add('authorization', `Bearer ${token}`);
  return head;
}

function statusIn(header: (name: string) => string | undefined): GrpcStatus | undefined {
  const code = header('grpc-status');
  return code === undefined
    ? undefined
    : { code: Number(code), message: decodeGrpcMessage(header('grpc-message') ?? '') };
}
