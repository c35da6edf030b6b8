// Both directions against nghttp2 (node:http2) on one connection: it decodes what we encode and we what it encodes, over
// long runs with evictions and changes of the table size on both sides.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createServer,
  type Http2Server,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  sensitiveHeaders,
} from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { knownHeader } from '../../../stack/known-header.ts';
import { HpackDecoder } from './decoder.ts';
import { fieldBound, HpackEncoder } from './encoder.ts';
import { PSEUDO } from './pseudo.ts';

type Line = readonly [name: string, value: string, isSensitive: boolean];

const FRAME = { headers: 1, settings: 4, ping: 6, goaway: 7, continuation: 9 };
const END_STREAM = 1;
const END_HEADERS = 4;
const ACK = 1;
const HEADER_TABLE_SIZE = 1;

/** A client that is nothing but frames, our HPACK, and what it saw. */
class RawClient {
  readonly #socket: Socket;
  readonly encoder = new HpackEncoder();
  readonly decoder: HpackDecoder;
  /** Response heads by stream, as soon as they are there. */
  readonly #waiting = new Map<number, (lines: readonly Line[]) => void>();
  readonly #announced: number[] = [];
  #onSettings: (() => void) | undefined;
  #onAck: (() => void) | undefined;
  #received = Buffer.alloc(0);
  #block: Buffer[] = [];
  #nextStream = 1;

  constructor(socket: Socket, tableSize: number) {
    this.#socket = socket;
    this.decoder = new HpackDecoder(tableSize);
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
  }

  /** Our SETTINGS; resolves when they are acknowledged. */
  announce(tableSize: number): Promise<void> {
    const setting = Buffer.alloc(6);
    setting.writeUInt16BE(HEADER_TABLE_SIZE, 0);
    setting.writeUInt32BE(tableSize, 2);
    this.#announced.push(tableSize);
    this.#send(FRAME.settings, 0, 0, setting);
    return new Promise((resolve) => {
      this.#onAck = resolve;
    });
  }

  /** Resolves when SETTINGS of the server have come and our encoder knows. */
  settings(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSettings = resolve;
    });
  }

  request(lines: readonly Line[]): Promise<readonly Line[]> {
    const out = Buffer.alloc(lines.reduce((sum, [name, value]) => sum + fieldBound(name, value), 0));
    this.encoder.begin();
    let at = 0;
    for (const [name, value, isSensitive] of lines)
      at = this.encoder.field(out, at, name, value, idOf(name), isSensitive);
    const stream = this.#nextStream;
    this.#nextStream += 2;
    this.#send(FRAME.headers, END_STREAM | END_HEADERS, stream, out.subarray(0, at));
    return new Promise((resolve) => this.#waiting.set(stream, resolve));
  }

  #send(type: number, flags: number, stream: number, payload: Buffer): void {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(stream, 5);
    this.#socket.write(Buffer.concat([head, payload]));
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 9) {
      const end = 9 + this.#received.readUIntBE(0, 3);
      if (this.#received.length < end) return;
      const frame = this.#received.subarray(0, end);
      this.#received = this.#received.subarray(end);
      this.#frame(frame.readUInt8(3), frame.readUInt8(4), frame.readUInt32BE(5), frame.subarray(9));
    }
  }

  #frame(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === FRAME.goaway)
      assert.fail(`GOAWAY ${payload.readUInt32BE(4)} ${payload.toString('latin1', 8)}`);
    if (type === FRAME.settings && (flags & ACK) !== 0) {
      const size = this.#announced.shift();
      if (size !== undefined) this.decoder.setMaxTableSize(size);
      this.#onAck?.();
    } else if (type === FRAME.settings) {
      for (let at = 0; at < payload.length; at += 6)
        if (payload.readUInt16BE(at) === HEADER_TABLE_SIZE)
          this.encoder.setMaxTableSize(payload.readUInt32BE(at + 2));
      this.#send(FRAME.settings, ACK, 0, Buffer.alloc(0));
      this.#onSettings?.();
    } else if (type === FRAME.headers || type === FRAME.continuation) {
      this.#block.push(payload);
      if ((flags & END_HEADERS) !== 0) this.#decode(stream);
    }
  }

  #decode(stream: number): void {
    const block = Buffer.concat(this.#block);
    this.#block = [];
    const lines: Line[] = [];
    this.decoder.decode(block, 0, block.length, (name, value, id, isSensitive, size) => {
      assert.equal(id, idOf(name));
      assert.equal(size, name.length + value.length + 32);
      lines.push([name, value, isSensitive]);
    });
    this.#waiting.get(stream)?.(lines);
    this.#waiting.delete(stream);
  }
}

function idOf(name: string): number {
  return name in PSEUDO ? PSEUDO[name as keyof typeof PSEUDO] : knownHeader(name, 0, name.length);
}

/** Repeatable, so that a failure can be looked at again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Header lines as traffic has them: names that repeat, values that repeat and others, some of them long. */
function makeLines(random: (below: number) => number): Line[] {
  const lines = new Map<string, Line>();
  for (let i = random(14); i > 0; i--) {
    const kind = random(10);
    const name =
      kind < 4
        ? (['accept', 'user-agent', 'x-request-id', 'content-language', 'etag', 'cache-control'][
            random(6)
          ] as string)
        : `x-${random(kind < 8 ? 8 : 400)}`;
    const repeats = random(3) > 0;
    const length = random(20) === 0 ? random(3_000) : random(40);
    const value = repeats
      ? `value ${random(6)}`
      : Array.from({ length: length + 1 }, () => String.fromCharCode(33 + random(94))).join('');
    lines.set(name, [name, value, random(12) === 0]);
  }
  return [...lines.values()];
}

/** No line but ours, and no body. */
const WITHOUT_MORE = { endStream: true, sendDate: false };

/** Names that came or go never indexed. */
interface SensitiveHeaders {
  readonly [sensitiveHeaders]?: readonly string[];
}

interface Fixture extends AsyncDisposable {
  readonly client: RawClient;
  readonly server: Http2Server;
  readonly session: ServerHttp2Session;
}

/** `onRequest`: what the server read; answers the lines of its response. */
async function connected(
  settings: { readonly ours: number; readonly theirs: number },
  onRequest: (lines: readonly Line[]) => readonly Line[],
): Promise<Fixture> {
  const server = createServer({
    settings: { headerTableSize: settings.theirs },
    maxDeflateDynamicTableSize: 65_536,
    maxHeaderListPairs: 1_000,
  });
  server.on('stream', (stream: ServerHttp2Stream, headers, _flags, raw: readonly string[]) => {
    const secret = new Set((headers as unknown as SensitiveHeaders)[sensitiveHeaders]);
    const read: Line[] = [];
    for (let i = 0; i < raw.length; i += 2)
      read.push([raw[i] as string, raw[i + 1] as string, secret.has(raw[i] as string)]);
    const lines = onRequest(read);
    const response: OutgoingHttpHeaders & SensitiveHeaders = {
      ':status': 200,
      ...Object.fromEntries(lines),
      [sensitiveHeaders]: lines.filter(([, , isSensitive]) => isSensitive).map(([name]) => name),
    };
    stream.respond(response, WITHOUT_MORE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'session') as Promise<[ServerHttp2Session]>;
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const client = new RawClient(socket, settings.ours);
  const theirs = client.settings();
  const acknowledged = client.announce(settings.ours);
  const [session] = await accepted;
  await Promise.all([theirs, acknowledged]);
  return {
    client,
    server,
    session,
    async [Symbol.asyncDispose]() {
      socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What we send beside the lines. */
const PSEUDO_LINES: readonly Line[] = [
  [':method', 'GET', false],
  [':scheme', 'http', false],
  [':authority', 'reviews.bookshop', false],
];

for (const [ours, theirs] of [
  [4_096, 4_096],
  [65_536, 65_536],
  [300, 200],
  [0, 0],
] as const) {
  test(`nghttp2 and we understand each other with tables of ${ours} and ${theirs} bytes`, async () => {
    const random = randomFrom(ours + 1);
    let sent: readonly Line[] = [];
    let answered: readonly Line[] = [];
    await using peer = await connected({ ours, theirs }, (read) => {
      assert.deepEqual(read, sent);
      answered = makeLines(random);
      return answered;
    });
    for (let i = 0; i < 1_500; i++) {
      sent = [...PSEUDO_LINES, [':path', `/${random(30)}`, false], ...makeLines(random)];
      const [status, ...read] = await peer.client.request(sent);
      assert.deepEqual(status, [':status', '200', false]);
      assert.deepEqual(read, answered);
    }
  });
}

test('both tables change their size under way', async () => {
  const random = randomFrom(7);
  let sent: readonly Line[] = [];
  let answered: readonly Line[] = [];
  await using peer = await connected({ ours: 4_096, theirs: 4_096 }, (read) => {
    assert.deepEqual(read, sent);
    answered = makeLines(random);
    return answered;
  });
  const sizes = [0, 100, 1_000, 4_096, 65_536];
  for (let i = 0; i < 100; i++) {
    const theirs = peer.client.settings();
    peer.session.settings({ headerTableSize: sizes[random(5)] as number });
    await Promise.all([theirs, peer.client.announce(sizes[random(5)] as number)]);
    // Sometimes twice without a block in between.
    if (random(3) === 0) await peer.client.announce(sizes[random(5)] as number);
    for (let k = 0; k < 10; k++) {
      sent = [...PSEUDO_LINES, [':path', `/${random(30)}`, false], ...makeLines(random)];
      const [, ...read] = await peer.client.request(sent);
      assert.deepEqual(read, answered);
    }
  }
});
