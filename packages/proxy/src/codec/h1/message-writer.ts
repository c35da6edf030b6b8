// Writes one connection's messages: gathers a head and what is small into one write, sends large data as it is.

import type { Socket } from 'node:net';
import type { Trailers } from '../../stack/http.ts';
import { SlabWriter } from '../../transport/slab-writer.ts';
import { writeTrailers } from './write-head.ts';

/** Up to this size data joins the string before it: one write, and for Node the cheapest kind of it. */
const JOIN_BYTES = 16_384;

export class MessageWriter {
  #socket: Socket;
  #large: SlabWriter;
  #out = '';
  #isChunked = false;
  /** The socket asked us to wait; it will emit `drain`. */
  needsDrain = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#large = new SlabWriter(socket);
  }

  head(text: string, isChunked: boolean): void {
    this.#out += text;
    this.#isChunked = isChunked;
  }

  /** false: wait for the socket's `drain`. */
  data(chunk: Buffer): boolean {
    if (chunk.length === 0) return !this.needsDrain;
    if (this.#out.length + chunk.length <= JOIN_BYTES) {
      const text = chunk.toString('latin1');
      this.#out += this.#isChunked ? `${chunk.length.toString(16)}\r\n${text}\r\n` : text;
      return !this.needsDrain;
    }
    const socket = this.#socket;
    socket.cork();
    if (this.#isChunked) this.#out += `${chunk.length.toString(16)}\r\n`;
    this.flush();
    if (!this.#large.write(chunk)) this.needsDrain = true;
    if (this.#isChunked) this.#out = '\r\n';
    this.flush();
    socket.uncork();
    return !this.needsDrain;
  }

  end(trailers: Trailers | undefined): void {
    if (this.#isChunked) this.#out += writeTrailers(trailers);
    this.#isChunked = false;
    this.flush();
  }

  flush(): void {
    if (this.#out === '') return;
    const out = this.#out;
    this.#out = '';
    if (!this.#socket.write(out, 'latin1')) this.needsDrain = true;
  }
}
