// TCP connections to a sidecar as streams of pooled connections (CONNECT, RFC 9113 8.5): a new one costs a stream and
// no TLS handshake. Half-closes are END_STREAM, resets RST_STREAM.

import { HeadEdits } from '../stack/head-edits.ts';
import type {
  RequestHead,
  ResponseHead,
  UpstreamError,
  UpstreamOwner,
  UpstreamStream,
} from '../stack/http.ts';
import type { ByteChannel, ByteChannelOwner } from '../transport/byte-channel.ts';
import type { ChannelResult } from './channel-pool.ts';
import type { StreamPool, StreamTaker } from './stream-pool.ts';

/** How long the other sidecar may take to connect its application: it gives up before. */
const ANSWER_MS = 5_000;

export class TunnelPool {
  readonly #streams: StreamPool;
  readonly #head: RequestHead;

  /** `authority`: the endpoint as the sidecar knows itself, `address:port`. */
  constructor(streams: StreamPool, authority: string) {
    this.#streams = streams;
    this.#head = connectHead(authority);
  }

  /** `done` is called once. The answer cancels. */
  open(done: (result: ChannelResult) => void): () => void {
    const tunnel = new Tunnel(this.#head, done);
    this.#streams.acquire(tunnel);
    return () => {
      this.#streams.cancel(tunnel);
      tunnel.abort();
    };
  }

  /** Open connections that carry tunnels. */
  get size(): number {
    return this.#streams.size;
  }

  close(): void {
    this.#streams.close();
  }
}

class Tunnel implements StreamTaker, UpstreamOwner, ByteChannel {
  readonly #head: RequestHead;
  /** Undefined once it was told. */
  #done: ((result: ChannelResult) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stream: UpstreamStream | undefined;
  #owner: ByteChannelOwner | undefined;
  #hasSentEnd = false;
  #hasReceivedEnd = false;
  #isOver = false;
  #isReset = false;

  constructor(head: RequestHead, done: (result: ChannelResult) => void) {
    this.#head = head;
    this.#done = done;
  }

  // --- until it is open ------------------------------------------------------------------------------------

  onStream(stream: UpstreamStream): void {
    this.#stream = stream;
    this.#timer = setTimeout(() => {
      stream.abort();
      this.#fail('tunnel_timeout');
    }, ANSWER_MS);
    stream.start(this);
    stream.sendHead(this.#head);
    stream.flush();
  }

  onConnectFailed(reason: string): void {
    this.#fail(reason);
  }

  onInformational(): void {}

  onResponseHead(head: ResponseHead): void {
    if (this.#done === undefined) return;
    if (head.status === 200) {
      this.#settle({ kind: 'open', channel: this });
      return;
    }
    this.#stream?.abort();
    const flags = head.header('x-weft-response-flags');
    const reason = `tunnel_refused: ${head.status}${flags === undefined ? '' : ` ${flags}`}`;
    this.#isOver = true;
    this.#settle({ kind: 'failed', reason, refusal: head.status });
  }

  #fail(reason: string): void {
    this.#isOver = true;
    this.#settle({ kind: 'failed', reason });
  }

  #settle(result: ChannelResult): void {
    const done = this.#done;
    this.#done = undefined;
    clearTimeout(this.#timer);
    done?.(result);
  }

  // --- ByteChannel -----------------------------------------------------------------------------------------

  start(owner: ByteChannelOwner): void {
    this.#owner = owner;
    if (this.#isOver) return owner.onClose(this.#isReset);
    if (this.#hasReceivedEnd) owner.onEnd();
  }

  write(chunk: Buffer): boolean {
    return this.#isOver || this.#stream === undefined || this.#stream.sendData(chunk);
  }

  flush(): void {
    if (!this.#isOver) this.#stream?.flush();
  }

  end(): void {
    if (this.#isOver || this.#hasSentEnd) return;
    this.#hasSentEnd = true;
    this.#stream?.sendEnd(undefined);
    this.#stream?.flush();
    if (this.#hasReceivedEnd) this.#close(false);
  }

  resume(): void {
    if (!this.#isOver) this.#stream?.resumeResponse();
  }

  close(): void {
    this.end();
    if (this.#isOver) return;
    // What still comes is for nobody.
    this.#stream?.abort();
    this.#close(false);
  }

  abort(): void {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    this.#done = undefined;
    this.#stream?.abort();
    this.#close(true);
  }

  // --- UpstreamOwner ---------------------------------------------------------------------------------------

  onResponseData(chunk: Buffer): boolean {
    return this.#owner === undefined || this.#owner.onData(chunk);
  }

  onResponseFlush(): void {
    this.#owner?.onFlush();
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#hasReceivedEnd = true;
    this.#owner?.onEnd();
    if (this.#hasSentEnd) this.#close(false);
  }

  onUpstreamDrain(): void {
    this.#owner?.onDrain();
  }

  onUpstreamError({ details }: UpstreamError): void {
    if (this.#done !== undefined) this.#fail(details);
    else this.#close(true);
  }

  #close(isReset: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isReset = isReset;
    this.#owner?.onClose(isReset);
  }
}

/** A CONNECT has a method and an authority, and nothing else. */
function connectHead(authority: string): RequestHead {
  const head: RequestHead = {
    version: 'http2',
    method: 'CONNECT',
    path: '',
    query: '',
    authority,
    target: authority,
    isAuthorityReplaced: false,
    upgrade: undefined,
    hasBody: true,
    protocol: 'HTTP/2',
    contentLength: -1,
    edits: new HeadEdits(),
    header: () => undefined,
    known: () => undefined,
    forward: () => {},
    copy: () => head,
  };
  return head;
}
