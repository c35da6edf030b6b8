// Streams share a connection: whoever waits for a window or a reader does not keep the others waiting, and what is held
// for it is bounded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FRAME, SETTING } from './frame.ts';
import {
  connectReady,
  data,
  END,
  type Frame,
  GET,
  headers,
  OK,
  POST,
  type RawPeer,
  SETTINGS_ACK,
  settings,
  startRaw,
  windowUpdate,
} from './testing/raw-peer.ts';
import { startRelay } from './testing/relay.ts';

const dataOf = (frames: readonly Frame[]): Frame[] => frames.filter(({ type }) => type === FRAME.data);
const bytesOf = (frames: readonly Frame[], streamId?: number): number =>
  dataOf(frames)
    .filter((frame) => streamId === undefined || frame.streamId === streamId)
    .reduce((sum, { payload }) => sum + payload.length, 0);

async function greets(peer: RawPeer, ...pairs: readonly (readonly [number, number])[]): Promise<void> {
  peer.send(settings(...pairs), SETTINGS_ACK);
  await peer.next(FRAME.settings);
}

test('streams that wait for the connection take turns, a frame each', async () => {
  await using endpoint = await startRaw(async (peer) => {
    await greets(peer);
    for (const id of [1, 3, 5]) await peer.next(FRAME.headers, id);
    peer.send(...[1, 3, 5].map((id) => headers(id, OK)));
    // Each more than what the client's connection takes; the small one comes last.
    for (const id of [1, 3]) for (let i = 0; i < 6; i++) peer.send(data(id, Buffer.alloc(16_384)));
    peer.send(data(5, 'small', END));
  });
  await using relay = await startRelay(endpoint.port);
  await using client = await connectReady(relay.port, [SETTING.initialWindowSize, 1_000_000]);
  client.send(...[1, 3, 5].map((id) => headers(id, GET, END)));
  // The window of the connection is 65,535: one of the large ones may have taken all of it.
  await client.until(() => bytesOf(client.frames) === 65_535, 'a full window');
  await client.roundTrip();
  const before = client.frames.length;
  client.send(windowUpdate(0, 4 * 16_384));
  await client.until(() => bytesOf(client.frames.slice(before)) >= 3 * 16_384, 'more');
  const order = dataOf(client.frames.slice(before)).map(({ streamId }) => streamId);
  assert.ok(order.indexOf(5) <= 2, order.join(' '));
  assert.ok(order.includes(1) && order.includes(3), order.join(' '));
});

test('a stream whose own window is closed keeps nobody waiting', async () => {
  await using endpoint = await startRaw(async (peer) => {
    await greets(peer);
    for (;;) {
      const { streamId } = await peer.next(FRAME.headers);
      peer.send(headers(streamId, OK), data(streamId, 'x'.repeat(20), END));
    }
  });
  await using relay = await startRelay(endpoint.port);
  await using client = await connectReady(relay.port, [SETTING.initialWindowSize, 10]);
  client.send(headers(1, GET, END));
  await client.next(FRAME.data, 1);
  client.send(headers(3, GET, END), windowUpdate(3, 100));
  await client.until(() => bytesOf(client.frames, 3) === 20, 'the other answer');
  assert.equal(bytesOf(client.frames, 1), 10);
  client.send(windowUpdate(1, 10));
  await client.until(() => bytesOf(client.frames, 1) === 20, 'the rest');
});

test('a body that nobody takes is held up to its window, and others pass', async () => {
  const streamWindow = 100_000;
  await using endpoint = await startRaw(async (peer) => {
    await greets(peer, [SETTING.initialWindowSize, 0]);
    await peer.next(FRAME.headers, 1);
    // Of the first one nothing is taken.
    await peer.next(FRAME.headers, 3);
    peer.send(windowUpdate(3, 1_000_000));
    await peer.until(() => bytesOf(peer.frames, 3) === 40_000, 'the other body');
    peer.send(headers(3, OK, END));
    await peer.next(FRAME.rstStream, 1);
  });
  await using relay = await startRelay(endpoint.port, { server: { streamWindow } });
  await using client = await connectReady(relay.port);
  client.send(headers(1, POST));
  await relay.until(() => relay.upstream?.activeStreams === 1, 'sent on');
  for (let i = 0; i < 10; i++) client.send(data(1, Buffer.alloc(10_000)));
  await client.roundTrip();
  client.send(headers(3, POST));
  for (let i = 0; i < 4; i++) client.send(data(3, Buffer.alloc(10_000), i === 3 ? END : 0));
  assert.deepEqual((await client.next(FRAME.headers, 3)).fields, OK);
  const updates = client.frames.filter(({ type, streamId }) => type === FRAME.windowUpdate && streamId === 1);
  assert.equal(updates.length, 0);
  // Behind its window there is nothing.
  client.send(data(1, 'x'));
  assert.equal((await client.next(FRAME.rstStream, 1)).payload.readUInt32BE(0), 3);
});

test('held bytes beyond the limit close the window of the connection, and open it as they are taken', async () => {
  const taken = Promise.withResolvers<void>();
  await using endpoint = await startRaw(async (peer) => {
    await greets(peer, [SETTING.initialWindowSize, 0]);
    await peer.next(FRAME.headers, 1);
    await taken.promise;
    peer.send(windowUpdate(1, 1_000_000), windowUpdate(0, 1_000_000));
  });
  await using relay = await startRelay(endpoint.port, {
    server: { streamWindow: 200_000, connectionWindow: 65_535, heldBytes: 20_000 },
  });
  await using client = await connectReady(relay.port);
  client.send(headers(1, POST));
  await relay.until(() => relay.upstream?.activeStreams === 1, 'sent on');
  const credit = (): number =>
    client.frames
      .filter(({ type, streamId }) => type === FRAME.windowUpdate && streamId === 0)
      .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
  for (let i = 0; i < 6; i++) client.send(data(1, Buffer.alloc(10_000)));
  await client.roundTrip();
  assert.equal(credit(), 0);
  taken.resolve();
  await client.until(() => credit() > 30_000, 'credit');
});

test('the window of a reader that keeps up grows; of one that does not it stays', async () => {
  const growth = async (isTaken: boolean): Promise<number> => {
    await using endpoint = await startRaw(async (peer) => {
      await greets(peer, [SETTING.initialWindowSize, isTaken ? 10_000_000 : 10_000]);
      peer.send(windowUpdate(0, 10_000_000));
      await peer.next(FRAME.headers, 1);
      if (isTaken) return;
      await peer.until(() => bytesOf(peer.frames, 1) === 10_000, 'a full window');
      peer.send(windowUpdate(1, 1_000_000));
    });
    await using relay = await startRelay(endpoint.port, {
      server: { streamWindow: 100_000, maxStreamWindow: 300_000 },
    });
    await using client = await connectReady(relay.port);
    client.send(headers(1, POST));
    await relay.until(() => relay.upstream?.activeStreams === 1, 'sent on');
    for (let i = 0; i < 10; i++) client.send(data(1, Buffer.alloc(10_000)));
    const update = await client.next(FRAME.windowUpdate, 1);
    return update.payload.readUInt32BE(0);
  };
  // What was taken, and as much as the window was.
  assert.ok((await growth(true)) >= 150_000);
  assert.ok((await growth(false)) < 150_000);
});
