// One request on a connection of a client, and its answer.

import type { DownstreamOwner, DownstreamStream, ResponseHead, Trailers } from '../../stack/http.ts';
import { KNOWN } from '../../stack/known-header.ts';
import type { H2Connection } from './connection.ts';
import { ERROR } from './frame.ts';
import { PSEUDO } from './hpack/pseudo.ts';
import { type H2Refusal, REFUSALS } from './refusal.ts';
import { H2RequestHead } from './request-head.ts';
import { statusText } from './status-text.ts';
import { H2Stream } from './stream.ts';

export class H2ServerStream extends H2Stream implements DownstreamStream {
  readonly request = new H2RequestHead();
  owner: DownstreamOwner | undefined;
  #isBodyWanted = false;
  #isHeadSent = false;
  /** The answer has no body, whatever its owner has (RFC 9110 6.4.1). */
  #isBodyless = false;

  constructor(connection: H2Connection, id: number) {
    super(connection);
    this.id = id;
    this.isPaused = true;
  }

  /** The head is complete and well-formed. */
  begin(): void {
    this.expectedBytes = this.request.contentLength;
  }

  // --- DownstreamStream ------------------------------------------------------------------------------------

  receiveBody(): void {
    this.#isBodyWanted = true;
    this.resume();
  }

  pauseBody(): void {
    this.isPaused = true;
  }

  resumeBody(): void {
    if (this.#isBodyWanted) this.resume();
  }

  sendInformational(head: ResponseHead): void {
    if (!this.isClosed && !this.#isHeadSent) this.#writeHead(head, head.status);
  }

  sendHead(head: ResponseHead): void {
    if (this.isClosed || this.#isHeadSent) return;
    this.#isHeadSent = true;
    const { method, upgrade } = this.request;
    const isSuccess = head.status >= 200 && head.status < 300;
    this.isTunnel = upgrade === undefined ? method === 'CONNECT' && isSuccess : head.status === 101;
    this.#isBodyless = method === 'HEAD' || head.status === 204 || head.status === 304;
    // RFC 8441 4: what is 101 in HTTP/1.1 is a 200 here.
    this.#writeHead(head, head.status === 101 ? 200 : head.status);
  }

  #writeHead(head: ResponseHead, status: number): void {
    const { heads, output } = this.connection;
    heads.begin();
    heads.field(':status', statusText(status), PSEUDO[':status']);
    // RFC 9110 8.6: neither a tunnel nor these two have a length; and of a WebSocket's handshake the proof stays with
    // HTTP/1.1 (RFC 8441 5).
    if (this.isTunnel || status < 200 || status === 204) {
      head.forward((name, value, id, isSensitive) => {
        if (id !== KNOWN['content-length'] && name !== 'sec-websocket-accept')
          heads.field(name, value, id, isSensitive);
      });
    } else head.forward(heads.field);
    const at = heads.end(this.id, 0);
    // END_STREAM may still join it, unless another head has to follow.
    if (status >= 200) this.noteFrame(at, output.generation);
  }

  sendData(chunk: Buffer): boolean {
    return this.#isBodyless || this.send(chunk);
  }

  sendEnd(trailers: Trailers | undefined): void {
    if (!this.isTunnel) this.owner = undefined;
    this.end(this.#isBodyless ? undefined : trailers);
  }

  /** Everything of a turn is written together (output.ts). */
  flush(): void {}

  reply(status: number, headers: readonly (readonly [string, string])[], body: string): void {
    if (this.isClosed || this.#isHeadSent) return;
    this.#isHeadSent = true;
    const { heads, output } = this.connection;
    heads.begin();
    heads.field(':status', statusText(status), PSEUDO[':status']);
    for (const [name, value] of headers) heads.field(name, value, 0);
    const bytes = Buffer.from(body);
    if (body !== '') {
      heads.field('content-type', 'text/plain; charset=utf-8', 0);
      heads.field('content-length', String(bytes.length), KNOWN['content-length']);
    }
    this.noteFrame(heads.end(this.id, 0), output.generation);
    if (body !== '' && this.request.method !== 'HEAD') this.send(bytes);
    this.sendEnd(undefined);
  }

  abort(): void {
    this.owner = undefined;
    this.connection.reset(this, this.isTunnel ? ERROR.connect : ERROR.internal);
  }

  // --- H2Stream --------------------------------------------------------------------------------------------

  protected override deliverData(chunk: Buffer): boolean {
    // Without an owner it is the rest of a body that nobody wants.
    return this.owner === undefined || this.owner.onRequestData(chunk);
  }

  protected override deliverEnd(trailers: Trailers | undefined): void {
    this.owner?.onRequestEnd(trailers);
  }

  override deliverFlush(): void {
    this.owner?.onRequestFlush();
  }

  protected override onDrained(): void {
    this.owner?.onDownstreamDrain();
  }

  protected override onLocalEnd(): void {
    if (this.isTunnel && !this.isRemoteEnded) return;
    const { connection } = this;
    // RFC 9113 8.1: the answer is complete, so the rest of the request need not come.
    if (!this.isRemoteEnded) connection.reset(this, ERROR.noError);
    else {
      if (!this.isTunnel) this.dropReceived();
      connection.remove(this);
    }
  }

  override onPeerReset(code: number): void {
    this.#abortOwner('DC', code === ERROR.noError ? 'http2.remote_end' : 'http2.remote_reset');
  }

  override onRefused(refusal: H2Refusal): void {
    this.#abortOwner(refusal === REFUSALS.slowReader ? 'SI' : 'DPE', refusal.details);
  }

  override onLost(refusal: H2Refusal | undefined): void {
    if (refusal === undefined) this.#abortOwner('DC', 'downstream_remote_disconnect');
    else this.#abortOwner('DPE', refusal.details);
  }

  #abortOwner(flag: 'DC' | 'DPE' | 'SI', details: string): void {
    const { owner } = this;
    this.owner = undefined;
    this.drop();
    owner?.onDownstreamAbort(flag, details, 0);
  }
}
