// Frames in any order and with any content: whatever comes of that connection, nothing is thrown and another client is
// served. Streams are opened, so that much of it has something to hit.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FRAME } from './frame.ts';
import {
  connectRaw,
  connectReady,
  END,
  frame,
  GET,
  headers,
  OK,
  POST,
  PREFACE,
  SETTINGS_ACK,
  settings,
  startRaw,
} from './testing/raw-peer.ts';
import { startRelay } from './testing/relay.ts';

const streamId = fc.constantFrom(0, 1, 1, 3, 5, 2, 101);
const anyFrame = fc.oneof(
  fc
    .record({
      type: fc.nat(10),
      flags: fc.constantFrom(0, 1, 4, 5, 8, 0x20, 0x2d, 0xff),
      streamId,
      payload: fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc
          .constantFrom(4, 5, 6, 8, 12)
          .chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
        // Increments, codes and settings that are small numbers.
        fc.nat(20).map((n) => Uint8Array.of(0, 0, 0, n)),
      ),
    })
    .map((one) => frame(one.type, one.flags, one.streamId, Buffer.from(one.payload))),
  fc.constantFrom(
    ...[1, 3, 5, 7].flatMap((id) => [headers(id, GET, END), headers(id, POST), headers(id, OK, END)]),
  ),
);

test('no client can make it throw', { timeout: 120_000 }, async () => {
  await using endpoint = await startRaw(async (peer) => {
    peer.send(settings(), SETTINGS_ACK);
    for (;;) {
      const head = await peer.next(FRAME.headers);
      peer.send(headers(head.streamId, OK, END));
    }
  });
  await using relay = await startRelay(endpoint.port);
  await using other = await connectReady(relay.port);
  let id = 1;
  await fc.assert(
    fc.asyncProperty(fc.array(anyFrame, { minLength: 1, maxLength: 15 }), async (frames) => {
      await using client = await connectRaw(relay.port);
      client.send(PREFACE, settings(), ...frames);
      client.socket.end();
      await client.until(() => client.hasEnded || client.isClosed, 'the end');
      other.send(headers(id, GET, END));
      await other.next(FRAME.headers, id);
      id += 2;
    }),
    { numRuns: 400 },
  );
  assert.ok(id > 400);
});

test('no endpoint can', { timeout: 120_000 }, async () => {
  let frames: readonly Buffer[] = [];
  await using endpoint = await startRaw(async (peer) => {
    peer.send(settings(), SETTINGS_ACK);
    await peer.next(FRAME.headers);
    peer.send(...frames);
    peer.socket.end();
  });
  await using relay = await startRelay(endpoint.port);
  await using client = await connectReady(relay.port);
  let id = -1;
  await fc.assert(
    fc.asyncProperty(fc.array(anyFrame, { minLength: 1, maxLength: 15 }), async (sent) => {
      frames = sent;
      id += 2;
      client.send(headers(id, GET, END));
      // An answer, or the news that there is none: 503, or a reset.
      const isOver = (): boolean =>
        client.frames.some(
          (one) => one.streamId === id && (one.type === FRAME.rstStream || (one.flags & END) !== 0),
        );
      await client.until(isOver, `the end of stream ${id}`);
      client.frames.length = 0;
    }),
    { numRuns: 400 },
  );
});
