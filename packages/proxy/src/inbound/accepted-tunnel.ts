// A TCP connection that another sidecar brings as a stream of its connection (CONNECT, RFC 9113 8.5): half-closes are
// END_STREAM, resets RST_STREAM. The answer 200 says that the application is connected.

import type { ResponseFlag } from '@weft/common/response-flag';
import { HeadEdits } from '../stack/head-edits.ts';
import type { DownstreamOwner, DownstreamStream, ResponseHead } from '../stack/http.ts';
import type { AcceptedChannel, ByteChannelOwner } from '../transport/byte-channel.ts';

const CONNECTED: ResponseHead = {
  version: 'http2',
  status: 200,
  edits: new HeadEdits(),
  contentLength: -1,
  header: () => undefined,
  forward: () => {},
};

export class AcceptedTunnel implements AcceptedChannel, DownstreamOwner {
  readonly #stream: DownstreamStream;
  #owner: ByteChannelOwner | undefined;
  #onLost: (() => void) | undefined;
  #hasSentEnd = false;
  #hasReceivedEnd = false;
  #isOver = false;

  constructor(stream: DownstreamStream) {
    this.#stream = stream;
    stream.owner = this;
  }

  // --- AcceptedChannel -------------------------------------------------------------------------------------

  whenLost(listener: () => void): void {
    if (this.#isOver) listener();
    else this.#onLost = listener;
  }

  refuse(flag: ResponseFlag, details: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const status = flag === 'UAEX' ? 403 : 503;
    this.#stream.reply(status, [['x-weft-response-flags', flag]], details);
  }

  start(owner: ByteChannelOwner): void {
    this.#owner = owner;
    if (this.#isOver) return owner.onClose(true);
    this.#stream.sendHead(CONNECTED);
    this.#stream.flush();
    this.#stream.receiveBody();
  }

  write(chunk: Buffer): boolean {
    return this.#isOver || this.#stream.sendData(chunk);
  }

  flush(): void {
    if (!this.#isOver) this.#stream.flush();
  }

  end(): void {
    if (this.#isOver || this.#hasSentEnd) return;
    this.#hasSentEnd = true;
    this.#stream.sendEnd(undefined);
    this.#stream.flush();
    if (this.#hasReceivedEnd) this.#close(false);
  }

  resume(): void {
    if (!this.#isOver) this.#stream.resumeBody();
  }

  close(): void {
    this.end();
    if (this.#isOver) return;
    // What still comes is for nobody.
    this.#stream.abort();
    this.#close(false);
  }

  abort(): void {
    if (this.#isOver) return;
    this.#stream.abort();
    this.#close(true);
  }

  // --- DownstreamOwner -------------------------------------------------------------------------------------

  onRequestData(chunk: Buffer): boolean {
    return this.#owner === undefined || this.#owner.onData(chunk);
  }

  onRequestFlush(): void {
    this.#owner?.onFlush();
  }

  onRequestEnd(): void {
    this.#hasReceivedEnd = true;
    this.#owner?.onEnd();
    if (this.#hasSentEnd) this.#close(false);
  }

  onDownstreamDrain(): void {
    this.#owner?.onDrain();
  }

  onDownstreamAbort(): void {
    this.#close(true);
  }

  #close(isReset: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#owner !== undefined) this.#owner.onClose(isReset);
    else this.#onLost?.();
  }
}
