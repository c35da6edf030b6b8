// An HTTP/2 peer by the frame: builds any frame, well-formed or not, and waits for those that come back.
//
//   await using peer = await connectRaw(port);
//   peer.send(PREFACE, settings(), headers(1, GET, END));
//   const head = await peer.next(FRAME.headers, 1);

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { CLIENT_PREFACE, FLAG, FRAME, FRAME_HEADER_BYTES } from '../frame.ts';
import { HpackDecoder } from '../hpack/decoder.ts';
import { writeFrameHeader, writeUint32 } from '../output.ts';

/** What does not come by then fails, saying what has come instead. */
const WAIT_MS = 5_000;

export const PREFACE = CLIENT_PREFACE;
export type Fields = readonly (readonly [name: string, value: string])[];

export const GET: Fields = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'a'],
];
export const POST: Fields = [[':method', 'POST'], ...GET.slice(1)];
export const OK: Fields = [[':status', '200']];

export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  writeFrameHeader(header, 0, payload.length, type, flags, streamId);
  return Buffer.concat([header, payload]);
}

function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) writeUint32(bytes, i * 4, value);
  return bytes;
}

/** Literals without indexing and without Huffman code (RFC 7541 6.2.2): they leave no trace in the tables. */
export function block(fields: Fields): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

function text(value: string): Buffer {
  const length: number[] = [];
  if (value.length < 127) length.push(value.length);
  else {
    length.push(127);
    let rest = value.length - 127;
    for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), Buffer.from(value, 'latin1')]);
}

export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = pairs.map(([id, value]) => Buffer.concat([Buffer.from([id >> 8, id]), uint32(value)]));
  return frame(FRAME.settings, 0, 0, Buffer.concat(payload));
}

export const SETTINGS_ACK = frame(FRAME.settings, FLAG.ack, 0);

/** `flags` beside END_HEADERS. */
export function headers(streamId: number, fields: Fields, flags = 0): Buffer {
  return frame(FRAME.headers, flags | FLAG.endHeaders, streamId, block(fields));
}

export function data(streamId: number, bytes: Buffer | string, flags = 0): Buffer {
  return frame(FRAME.data, flags, streamId, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
}

export const ping = (flags = 0): Buffer => frame(FRAME.ping, flags, 0, Buffer.alloc(8, 'p'));
export const reset = (streamId: number, code: number): Buffer =>
  frame(FRAME.rstStream, 0, streamId, uint32(code));
export const windowUpdate = (streamId: number, increment: number): Buffer =>
  frame(FRAME.windowUpdate, 0, streamId, uint32(increment));
export const goaway = (last: number, code: number): Buffer => frame(FRAME.goaway, 0, 0, uint32(last, code));
export const END = FLAG.endStream;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
  /** Of HEADERS; blocks in several frames are not put together. */
  readonly fields: Fields;
}

export class RawPeer implements AsyncDisposable {
  readonly socket: Socket;
  /** Whether a server: what comes begins with the client's preface. */
  #skip: number;
  readonly frames: Frame[] = [];
  hasEnded = false;
  isClosed = false;
  #held = Buffer.alloc(0);
  readonly #decoder = new HpackDecoder(4_096);
  #taken = 0;
  #waiting: (() => void) | undefined;

  constructor(socket: Socket, isServer: boolean) {
    this.socket = socket;
    this.#skip = isServer ? PREFACE.length : 0;
    socket.on('data', (chunk: Buffer) => {
      this.#held = Buffer.concat([this.#held, chunk]);
      this.#cut();
      this.#waiting?.();
    });
    socket.on('end', () => {
      this.hasEnded = true;
      this.#waiting?.();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.#waiting?.();
    });
  }

  #cut(): void {
    let at = 0;
    if (this.#held.length < this.#skip) return;
    at += this.#skip;
    this.#skip = 0;
    while (this.#held.length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + this.#held.readUIntBE(at, 3);
      if (this.#held.length < end) break;
      const payload = this.#held.subarray(at + FRAME_HEADER_BYTES, end);
      const [type, flags] = [this.#held[at + 3] as number, this.#held[at + 4] as number];
      const streamId = this.#held.readUInt32BE(at + 5);
      this.frames.push({ type, flags, streamId, payload, fields: this.#fields(type, flags, payload) });
      at = end;
    }
    this.#held = this.#held.subarray(at);
  }

  #fields(type: number, flags: number, payload: Buffer): Fields {
    const fields: [string, string][] = [];
    if (type === FRAME.headers && (flags & FLAG.endHeaders) !== 0) {
      this.#decoder.decode(payload, 0, payload.length, (name, value) => fields.push([name, value]));
    }
    return fields;
  }

  send(...frames: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  /** The next frame of this type (and stream) that nobody has waited for; those before it are passed over. */
  async next(type: number, streamId?: number): Promise<Frame> {
    const isIt = (frame: Frame): boolean =>
      frame.type === type && (streamId === undefined || frame.streamId === streamId);
    const find = (): number => this.frames.findIndex((frame, i) => i >= this.#taken && isIt(frame));
    await this.until(() => find() >= 0, `a frame of type ${type} on stream ${streamId ?? 'any'}`);
    this.#taken = find() + 1;
    return this.frames[this.#taken - 1] as Frame;
  }

  /** The error code of the next GOAWAY. */
  async goaway(): Promise<number> {
    return (await this.next(FRAME.goaway)).payload.readUInt32BE(4);
  }

  /** Waits until all that was sent before has been read: PING is answered in its turn. */
  async roundTrip(): Promise<void> {
    this.send(ping());
    const before = this.#taken;
    const find = (): number =>
      this.frames.findIndex(
        (frame, i) => i >= before && frame.type === FRAME.ping && frame.flags === FLAG.ack,
      );
    await this.until(() => find() >= 0, 'the answer to a PING');
    this.frames.splice(find(), 1);
  }

  async until(isMet: () => boolean, what: string): Promise<void> {
    if (isMet()) return;
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer);
        const seen = this.frames.slice(this.#taken).map(({ type, streamId }) => `${type}/${streamId}`);
        reject(new Error(`${why} instead of ${what}, after ${seen.slice(-20).join(' ')}`));
      };
      const timer = setTimeout(() => fail('nothing more came'), WAIT_MS);
      this.#waiting = () => {
        if (isMet()) resolve();
        else if (this.isClosed) fail('the connection was closed');
        else return;
        clearTimeout(timer);
        this.#waiting = undefined;
      };
      this.#waiting();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.until(() => this.isClosed, 'the close');
  }
}

/** A client that has said nothing yet. */
export async function connectRaw(port: number): Promise<RawPeer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const peer = new RawPeer(socket, false);
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return peer;
}

/** A client that has exchanged settings. */
export async function connectReady(
  port: number,
  ...pairs: readonly (readonly [id: number, value: number])[]
): Promise<RawPeer> {
  const peer = await connectRaw(port);
  peer.send(PREFACE, settings(...pairs));
  await peer.next(FRAME.settings);
  peer.send(SETTINGS_ACK);
  await peer.next(FRAME.settings);
  return peer;
}

export interface RawServer extends AsyncDisposable {
  readonly port: number;
  readonly peers: readonly RawPeer[];
}

/** A server that does this with each connection. */
export async function startRaw(serve: (peer: RawPeer) => Promise<void> | void): Promise<RawServer> {
  const peers: RawPeer[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const peer = new RawPeer(socket, true);
    peers.push(peer);
    // What fails is seen by the client that gets no answer.
    Promise.resolve(serve(peer)).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    peers,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const { socket } of peers) socket.destroy();
      await closed;
    },
  };
}
