// A request of gRPC-Web that is served as gRPC: between the client's codec, which speaks gRPC-Web, and the exchange,
// which sees a gRPC call (grpc: doc/PROTOCOL-WEB.md). The body is passed on as it comes, nothing of it is gathered.

import type { ResponseFlag } from '@weft/common/response-flag';
import { isGrpcContentType } from '../../stack/grpc/is-grpc.ts';
import type {
  DownstreamOwner,
  DownstreamStream,
  LineSink,
  RequestHead,
  ResponseHead,
  Trailers,
} from '../../stack/http.ts';
import { bit, KNOWN } from '../../stack/known-header.ts';
import { Base64Decoder } from './base64-decoder.ts';
import { answerFormat, type GrpcWebFormat, grpcContentType, grpcWebContentType } from './content-type.ts';
import { trailerFrame } from './trailer-frame.ts';

export class GrpcWebStream implements DownstreamStream, DownstreamOwner {
  readonly request: RequestHead;
  owner: DownstreamOwner | undefined;
  readonly #client: DownstreamStream;
  readonly #answer: GrpcWebFormat;
  readonly #decoder: Base64Decoder | undefined;
  #isHeadSent = false;
  /** The answer is gRPC; anything else goes to the client as it is. */
  #isTranslated = false;

  /** Takes the stream over, and makes a gRPC request of its head. */
  constructor(client: DownstreamStream, format: GrpcWebFormat) {
    this.#client = client;
    this.request = client.request;
    this.#answer = answerFormat(format, client.request.header('accept'));
    this.#decoder = format.isText ? new Base64Decoder() : undefined;
    this.owner = client.owner;
    client.owner = this;
    editRequest(client.request, format);
  }

  // --- from the client -------------------------------------------------------------------------------------

  onRequestData(chunk: Buffer): boolean {
    const bytes = this.#decoder === undefined ? chunk : this.#decoder.take(chunk);
    if (bytes === undefined) return this.#refuseBody();
    return bytes.length === 0 || (this.owner?.onRequestData(bytes) ?? true);
  }

  onRequestEnd(trailers: Trailers | undefined): void {
    const last = this.#decoder?.end();
    if (this.#decoder !== undefined && last === undefined) {
      this.#refuseBody();
      return;
    }
    if (last !== undefined && last.length > 0) this.owner?.onRequestData(last);
    this.owner?.onRequestEnd(trailers);
  }

  onRequestFlush(): void {
    this.owner?.onRequestFlush();
  }

  onDownstreamDrain(): void {
    this.owner?.onDownstreamDrain();
  }

  onDownstreamAbort(flag: ResponseFlag, details: string, status: number): void {
    const { owner } = this;
    this.owner = undefined;
    owner?.onDownstreamAbort(flag, details, status);
  }

  #refuseBody(): boolean {
    // Already refused: what else comes of the body is dropped.
    if (this.owner === undefined) return true;
    const isHeadSent = this.#isHeadSent;
    this.onDownstreamAbort('DPE', 'grpc_web_base64_malformed', isHeadSent ? 0 : 400);
    this.#client.owner = undefined;
    if (isHeadSent) this.#client.abort();
    else
      this.#client.reply(
        400,
        [['x-weft-response-flags', 'DPE']],
        'weft: DPE the body of application/grpc-web-text is not base64\n',
      );
    return true;
  }

  // --- to the client ---------------------------------------------------------------------------------------

  receiveBody(): void {
    this.#client.receiveBody();
  }

  pauseBody(): void {
    this.#client.pauseBody();
  }

  resumeBody(): void {
    this.#client.resumeBody();
  }

  sendInformational(head: ResponseHead): void {
    this.#client.sendInformational(head);
  }

  sendHead(head: ResponseHead): void {
    this.#isHeadSent = true;
    const type = head.header('content-type') ?? '';
    this.#isTranslated = isGrpcContentType(type);
    if (!this.#isTranslated) return this.#client.sendHead(head);
    replaceContentType(head, grpcWebContentType(this.#answer, type));
    this.#client.sendHead(new GrpcWebResponseHead(head));
  }

  sendData(chunk: Buffer): boolean {
    return this.#client.sendData(this.#encoded(chunk));
  }

  sendEnd(trailers: Trailers | undefined): void {
    if (!this.#isTranslated) return this.#client.sendEnd(trailers);
    // Without trailers the status was in the head (Trailers-Only), as it is in gRPC-Web too.
    if (trailers !== undefined) this.#client.sendData(this.#encoded(trailerFrame(trailers)));
    this.#client.sendEnd(undefined);
  }

  flush(): void {
    this.#client.flush();
  }

  reply(status: number, headers: readonly (readonly [string, string])[], body: string): void {
    const lines = headers.map(([name, value]) =>
      name === 'content-type' && isGrpcContentType(value)
        ? ([name, grpcWebContentType(this.#answer, value)] as const)
        : ([name, value] as const),
    );
    this.#client.reply(status, lines, body);
  }

  abort(): void {
    this.#client.abort();
  }

  /** Padded where it is cut: what the client has can be read at once. */
  #encoded(chunk: Buffer): Buffer {
    if (!this.#isTranslated || !this.#answer.isText) return chunk;
    return Buffer.from(chunk.toString('base64'), 'latin1');
  }
}

function editRequest({ edits }: RequestHead, format: GrpcWebFormat): void {
  edits.dropMask |= bit(KNOWN['content-type']) | bit(KNOWN['content-length']);
  edits.add('content-type', grpcContentType(format));
  // gRPC servers refuse a client that says nothing of trailers; ours cannot take them, we do.
  edits.acceptsTrailers = true;
}

function replaceContentType({ edits }: ResponseHead, type: string): void {
  edits.dropMask |= bit(KNOWN['content-type']) | bit(KNOWN['content-length']);
  edits.add('content-type', type);
}

/** The head of an answer whose body becomes longer than it was announced, if it was. */
class GrpcWebResponseHead implements ResponseHead {
  readonly #head: ResponseHead;
  readonly contentLength = -1;

  constructor(head: ResponseHead) {
    this.#head = head;
  }

  get version(): ResponseHead['version'] {
    return this.#head.version;
  }

  get status(): number {
    return this.#head.status;
  }

  get edits(): ResponseHead['edits'] {
    return this.#head.edits;
  }

  header(name: string): string | undefined {
    return this.#head.header(name);
  }

  forward(sink: LineSink): void {
    this.#head.forward(sink);
  }
}
