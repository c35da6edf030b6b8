// Clients that make a proxy work or hold for nothing, over HTTP/2: each is cut off, at a bounded price, while another
// client is served.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR, FRAME, MAX_31, SETTING } from '@weft/proxy/codec/h2/frame';
import {
  connectReady,
  data,
  frame,
  GET,
  headers,
  POST,
  ping,
  type RawPeer,
  reset,
  settings,
  windowUpdate,
} from '@weft/proxy/codec/h2/testing/raw-peer';
import { endure, flood, startTarget } from './under-attack.ts';

/** Loopback carries some of this before the proxy's answer is seen. */
const MAX_SENT = 32 * 2 ** 20;
const MAX_GROWN_MIB = 32;
const MAX_CPU_MS = 2_000;
const MAX_SLOWEST_MS = 1_500;

const many = (count: number, make: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));

interface Attack {
  readonly what: string;
  readonly code: number;
  /** Blocks for one connection, one after the other. */
  readonly blocks: () => () => Buffer;
}

/** Blocks of 200 requests each, with ids that go up. */
function requests(make: (id: number) => Buffer): () => Buffer {
  let id = -1;
  return () => many(200, () => make((id += 2)));
}

const repeated =
  (bytes: Buffer): (() => () => Buffer) =>
  () =>
  () =>
    bytes;

/** The first block opens what the others go on with. */
function after(first: Buffer, then: Buffer): () => () => Buffer {
  return () => {
    let isFirst = true;
    return () => {
      const block = isFirst ? Buffer.concat([first, then]) : then;
      isFirst = false;
      return block;
    };
  };
}

const ATTACKS: readonly Attack[] = [
  {
    what: 'rapid reset (CVE-2023-44487)',
    code: ERROR.enhanceYourCalm,
    blocks: () => requests((id) => Buffer.concat([headers(id, POST), reset(id, ERROR.cancel)])),
  },
  {
    what: 'resets that the proxy is provoked into (CVE-2025-8671)',
    code: ERROR.enhanceYourCalm,
    blocks: () => requests((id) => Buffer.concat([headers(id, POST), windowUpdate(id, 0)])),
  },
  {
    what: 'malformed requests without end',
    code: ERROR.enhanceYourCalm,
    blocks: () => requests((id) => headers(id, [...GET, ['connection', 'close']], 1)),
  },
  {
    what: 'CONTINUATION without end (CVE-2024-27316)',
    code: ERROR.enhanceYourCalm,
    blocks: after(
      frame(FRAME.headers, 0, 1),
      many(8, () => frame(FRAME.continuation, 0, 1, Buffer.alloc(16_000))),
    ),
  },
  {
    what: 'empty CONTINUATION without end',
    code: ERROR.enhanceYourCalm,
    blocks: after(
      frame(FRAME.headers, 0, 1),
      many(1_000, () => frame(FRAME.continuation, 0, 1)),
    ),
  },
  {
    what: 'PING without end (CVE-2019-9512)',
    code: ERROR.enhanceYourCalm,
    blocks: repeated(many(1_000, () => ping())),
  },
  {
    what: 'SETTINGS without end (CVE-2019-9515)',
    code: ERROR.enhanceYourCalm,
    blocks: repeated(many(1_000, () => settings())),
  },
  {
    what: 'SETTINGS that move every window to and fro',
    code: ERROR.enhanceYourCalm,
    blocks: repeated(
      settings(...Array.from({ length: 2_000 }, (_, i) => [SETTING.initialWindowSize, i % 2] as const)),
    ),
  },
  {
    what: 'empty DATA without end (CVE-2019-9518)',
    code: ERROR.enhanceYourCalm,
    blocks: after(
      headers(1, POST),
      many(1_000, () => data(1, '')),
    ),
  },
  {
    what: 'PRIORITY without end (CVE-2019-9513)',
    code: ERROR.enhanceYourCalm,
    blocks: repeated(many(1_000, () => frame(FRAME.priority, 0, 3, Buffer.alloc(5)))),
  },
  {
    what: 'WINDOW_UPDATE without end',
    code: ERROR.enhanceYourCalm,
    blocks: repeated(many(1_000, () => windowUpdate(0, 1))),
  },
  {
    what: 'frames that nobody knows without end',
    code: ERROR.enhanceYourCalm,
    blocks: repeated(many(1_000, () => frame(0xbe, 0, 0))),
  },
  {
    what: 'streams beyond the limit without end',
    code: ERROR.enhanceYourCalm,
    blocks: () => requests((id) => headers(id, POST)),
  },
];

for (const { what, code, blocks } of ATTACKS) {
  test(`${what}: the connection is ended, and another client is served meanwhile`, async () => {
    await using target = await startTarget();
    const goaways: number[] = [];
    const damage = await endure(target, async (port) => {
      let sent = 0;
      // Again and again, as an attacker does.
      for (let i = 0; i < 5; i++) {
        await using peer = await connectReady(port);
        sent += await flood(peer, blocks());
        const last = peer.frames.findLast(({ type }) => type === FRAME.goaway);
        if (last !== undefined) goaways.push(last.payload.readUInt32BE(4));
      }
      return sent;
    });
    assert.ok(damage.sentBytes < MAX_SENT, `${damage.sentBytes} bytes were taken`);
    assert.ok(goaways.length > 0 && goaways.every((got) => got === code), String(goaways));
    assert.ok(damage.grownMiB < MAX_GROWN_MIB, `${damage.grownMiB} MiB`);
    assert.ok(damage.cpuMs < MAX_CPU_MS, `${damage.cpuMs} ms of CPU`);
    assert.ok(
      damage.served > 0 && damage.slowestMs < MAX_SLOWEST_MS,
      `${damage.served}, ${damage.slowestMs} ms`,
    );
  });
}

test('answers that nobody reads do not pile up', async () => {
  await using target = await startTarget();
  const damage = await endure(target, async (port) => {
    await using peer = await connectReady(port);
    peer.socket.pause();
    // Within every budget, for a while: refused at once, nothing slows them down but what nobody reads.
    let [sent, id] = [0, -1];
    const block = (): Buffer =>
      many(100, () =>
        headers((id += 2), [...GET.filter(([name]) => name !== ':path'), [':path', '/%2f']], 1),
      );
    for (let i = 0; i < 400 && !peer.isClosed; i++) {
      const bytes = block();
      sent += bytes.length;
      if (!peer.socket.write(bytes)) {
        await Promise.race([
          new Promise((resolve) => peer.socket.once('drain', resolve)),
          new Promise((resolve) => setTimeout(resolve, 500)),
        ]);
        if (peer.socket.writableNeedDrain) break;
      }
    }
    return sent;
  });
  assert.ok(damage.grownMiB < MAX_GROWN_MIB, `${damage.grownMiB} MiB`);
  assert.ok(damage.slowestMs < MAX_SLOWEST_MS, `${damage.slowestMs} ms`);
});

/** One field of 4,000 bytes into the table, then as many references to it as a frame holds. */
function bomb(peer: RawPeer, streamId: number, isFirst: boolean): Buffer {
  const plain = headers(streamId, GET).subarray(9);
  const name = Buffer.concat([Buffer.from([0x40, 1]), Buffer.from('x')]);
  const value = Buffer.concat([Buffer.from([0x7f, 0x81, 0x1e]), Buffer.alloc(4_000 - 32, 'y')]);
  assert.ok(peer !== undefined);
  const literal = isFirst ? Buffer.concat([name, value]) : Buffer.alloc(0);
  const references = Buffer.alloc(16_000 - plain.length - literal.length, 0x80 | 62);
  return frame(FRAME.headers, 0x5, streamId, Buffer.concat([plain, literal, references]));
}

test('an HPACK bomb is answered 431, at the price of its bytes, and the connection goes on', async () => {
  await using target = await startTarget();
  const before = target.served();
  let statuses: (string | undefined)[] = [];
  const damage = await endure(target, async (port) => {
    await using peer = await connectReady(port);
    for (let i = 0; i < 100; i++) {
      peer.send(bomb(peer, 2 * i + 1, i === 0));
      await peer.next(FRAME.headers, 2 * i + 1);
    }
    statuses = peer.frames.filter(({ type }) => type === FRAME.headers).map(({ fields }) => fields[0]?.[1]);
    // The tables are in step: what comes next is read as it was meant.
    peer.send(headers(201, GET, 1));
    assert.deepEqual((await peer.next(FRAME.headers, 201)).fields[0], [':status', '200']);
    return 0;
  });
  assert.deepEqual(new Set(statuses), new Set(['431']));
  assert.ok(target.served() - before <= damage.served + 1);
  assert.ok(damage.grownMiB < MAX_GROWN_MIB, `${damage.grownMiB} MiB`);
  assert.ok(damage.cpuMs < MAX_CPU_MS, `${damage.cpuMs} ms of CPU`);
  assert.ok(damage.slowestMs < MAX_SLOWEST_MS, `${damage.slowestMs} ms`);
});

for (const window of [0, 1, 65_535]) {
  test(`large answers on a hundred streams with windows of ${window}: what is held for them is bounded`, async () => {
    await using target = await startTarget((stream) => {
      stream.respond({ ':status': 200 });
      if (stream.sentHeaders[':status'] === 200 && stream.session !== undefined) {
        // As much as is taken of it; a small request gets it too, and reads it.
        stream.end(Buffer.alloc(8 * 2 ** 20));
      }
    });
    const memory = target.proxy.residentMiB();
    await using peer = await connectReady(target.proxy.port, [SETTING.initialWindowSize, window]);
    for (let id = 1; id < 200; id += 2) peer.send(headers(id, GET, 1));
    for (let id = 1; id < 200; id += 2) await peer.next(FRAME.headers, id);
    // A trickle keeps every stream moving.
    for (let i = 0; i < 20; i++) {
      for (let id = 1; id < 200; id += 2) peer.send(windowUpdate(id, 1));
      await peer.roundTrip();
    }
    const grown = target.proxy.residentMiB() - memory;
    // A chunk and a window for each stream.
    assert.ok(grown < 100 * 0.375 + MAX_GROWN_MIB, `${grown} MiB`);
  });
}

test('a large answer to a client whose windows are open and who reads nothing from its socket', async () => {
  const block = Buffer.alloc(2 ** 20);
  const most = 2 ** 30;
  const stalled = Promise.withResolvers<void>();
  const flow = { bytes: 0, isLarge: false };
  await using target = await startTarget((stream) => {
    stream.respond({ ':status': 200 });
    if (!flow.isLarge) return void stream.end('ok');
    let timer: NodeJS.Timeout | undefined;
    const write = (): void => {
      clearTimeout(timer);
      // Nothing is taken for so long: this is all that the endpoint gets rid of.
      timer = setTimeout(() => stalled.resolve(), 1_000);
      while (!stream.destroyed && flow.bytes < most) {
        flow.bytes += block.length;
        if (!stream.write(block)) return void stream.once('drain', write);
      }
    };
    write();
  });
  flow.isLarge = true;
  const memory = target.proxy.residentMiB();
  await using peer = await connectReady(target.proxy.port, [SETTING.initialWindowSize, MAX_31]);
  peer.socket.pause();
  peer.send(windowUpdate(0, MAX_31 - 65_535), headers(1, GET, 1));
  await stalled.promise;
  const grown = target.proxy.residentMiB() - memory;
  assert.ok(flow.bytes < most, `${flow.bytes} bytes went`);
  assert.ok(grown < MAX_GROWN_MIB, `${grown} MiB`);
});
