// What becomes of connections and streams that stand still: the test says what time it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { H2Connection } from './connection.ts';
import { ERROR, FLAG, FRAME, MAX_31, SETTING } from './frame.ts';
import { CLIENT_LIMITS, SERVER_LIMITS } from './limits.ts';
import {
  connectRaw,
  connectReady,
  data,
  END,
  frame,
  GET,
  headers,
  OK,
  POST,
  PREFACE,
  type RawPeer,
  type RawServer,
  SETTINGS_ACK,
  settings,
  startRaw,
  windowUpdate,
} from './testing/raw-peer.ts';
import { type Relay, type RelayOptions, startRelay } from './testing/relay.ts';

interface Setup extends AsyncDisposable {
  readonly endpoint: RawServer;
  readonly relay: Relay;
}

/** An endpoint that answers each head with these frames, if any. */
async function setup(
  answer: (streamId: number) => Buffer[] = () => [],
  server: RelayOptions['server'] = {},
): Promise<Setup> {
  const endpoint = await startRaw(async (peer) => {
    peer.send(settings(), SETTINGS_ACK);
    for (;;) {
      const { streamId } = await peer.next(FRAME.headers);
      peer.send(Buffer.concat(answer(streamId)));
    }
  });
  const relay = await startRelay(endpoint.port, { hasNoClock: true, server });
  return {
    endpoint,
    relay,
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await endpoint[Symbol.asyncDispose]();
    },
  };
}

/** Lets the connection see the ticks of a time, from its first one on. */
function passes(connection: H2Connection | undefined, ticks: number): void {
  assert.ok(connection !== undefined);
  const from = connection.tick;
  for (const at of [from + 1, from + 1 + Math.ceil(ticks / 2), from + 1 + ticks]) connection.onTick(at);
}

/** Turn by turn, for what nobody tells. */
async function comes(isMet: () => boolean): Promise<void> {
  while (!isMet()) await new Promise((resolve) => setImmediate(resolve));
}

const downstream = ({ relay }: Setup): H2Connection => [...relay.downstreams][0] as H2Connection;
const ended = (peer: RawPeer): Promise<void> => peer.until(() => peer.hasEnded || peer.isClosed, 'the end');

for (const [what, bytes] of [
  ['says nothing', Buffer.alloc(0)],
  ['begins its preface', PREFACE.subarray(0, 10)],
  ['leaves its SETTINGS out', PREFACE],
] as const) {
  test(`a client that ${what} is not waited for`, { timeout: 20_000 }, async () => {
    await using all = await setup();
    await using client = await connectRaw(all.relay.port);
    client.send(bytes);
    await client.next(FRAME.settings);
    passes(downstream(all), SERVER_LIMITS.prefaceTicks - 1);
    assert.deepEqual(all.relay.outcomes, []);
    passes(downstream(all), 1);
    assert.equal(await client.goaway(), ERROR.protocol);
    await ended(client);
    assert.deepEqual(all.relay.outcomes, [['refused', 'http2.preface_timeout']]);
  });
}

for (const [what, bytes] of [
  ['a frame', headers(1, GET, END).subarray(0, 20)],
  ['a header block', frame(FRAME.headers, END, 1, Buffer.from([0x82]))],
  ['DATA', Buffer.concat([headers(1, POST), data(1, 'body').subarray(0, 11)])],
] as const) {
  test(`a client that does not complete ${what} is not waited for`, async () => {
    await using all = await setup();
    await using client = await connectReady(all.relay.port);
    // A PING cannot be sent in between, so the test has to know that the bytes are there.
    const before = downstream(all).reads;
    client.send(bytes);
    await comes(() => downstream(all).reads > before);
    passes(downstream(all), SERVER_LIMITS.partialTicks + 1);
    assert.equal(await client.goaway(), ERROR.protocol);
    await ended(client);
  });
}

test('a body whose length was announced has to go on; one without may rest', async () => {
  await using all = await setup();
  await using client = await connectReady(all.relay.port);
  client.send(
    headers(1, [...POST, ['content-length', '10']]),
    data(1, 'half'),
    headers(3, POST),
    data(3, 'half'),
  );
  await all.relay.until(() => all.relay.upstream?.activeStreams === 2, 'sent on');
  await client.roundTrip();
  passes(downstream(all), SERVER_LIMITS.bodyTicks + 1);
  assert.equal((await client.next(FRAME.rstStream)).streamId, 1);
  assert.deepEqual(all.relay.outcomes, [['DPE', 'http2.body_timeout']]);
  client.send(data(3, 'rest', END));
  const [peer] = all.endpoint.peers as [RawPeer];
  await peer.until(
    () => peer.frames.some(({ type, flags }) => type === FRAME.data && flags === END),
    'the rest',
  );
});

test('a client that does not take its answer, or by bytes, is not waited for; other streams go on', async () => {
  const answer = (id: number): Buffer[] => [headers(id, OK), data(id, Buffer.alloc(10_000), END)];
  await using all = await setup(answer, { pingAfterTicks: Number.POSITIVE_INFINITY });
  await using client = await connectReady(all.relay.port, [SETTING.initialWindowSize, 100]);
  client.send(headers(1, GET, END));
  await client.next(FRAME.data, 1);
  passes(downstream(all), SERVER_LIMITS.blockedTicks - 10);
  client.send(windowUpdate(1, 1));
  await client.next(FRAME.data, 1);
  client.send(headers(3, GET, END), windowUpdate(3, 10_000));
  await client.until(
    () =>
      client.frames.some(
        ({ type, flags, streamId }) => type === FRAME.data && flags === END && streamId === 3,
      ),
    'the other answer',
  );
  passes(downstream(all), 20);
  assert.equal((await client.next(FRAME.rstStream, 1)).payload.readUInt32BE(0), ERROR.cancel);
});

test('an idle connection is closed, and one that has lived for long enough is drained', async () => {
  for (const limit of [SERVER_LIMITS.idleTicks, SERVER_LIMITS.lifetimeTicks]) {
    await using all = await setup();
    await using client = await connectReady(all.relay.port);
    const connection = downstream(all);
    connection.onTick(1);
    if (limit === SERVER_LIMITS.lifetimeTicks) {
      client.send(headers(1, GET, END));
      await all.relay.until(() => all.relay.upstream?.activeStreams === 1, 'sent on');
    }
    connection.onTick(limit + 1);
    const first = await client.next(FRAME.goaway);
    assert.equal(first.payload.readUInt32BE(4), ERROR.noError);
    if (limit === SERVER_LIMITS.lifetimeTicks) assert.equal(first.payload.readUInt32BE(0), MAX_31);
    else await ended(client);
  }
});

test('a client that is gone without a word is found out by a PING; one that answers is not', async () => {
  await using all = await setup();
  await using client = await connectReady(all.relay.port);
  client.send(headers(1, GET, END));
  await all.relay.until(() => all.relay.upstream?.activeStreams === 1, 'sent on');
  const connection = downstream(all);
  passes(connection, SERVER_LIMITS.pingAfterTicks + 1);
  const { payload } = await client.next(FRAME.ping);
  client.send(frame(FRAME.ping, FLAG.ack, 0, payload));
  await client.roundTrip();
  passes(connection, SERVER_LIMITS.pingTicks + 1);
  assert.equal(all.relay.outcomes.length, 0);
  passes(connection, SERVER_LIMITS.pingAfterTicks + 1);
  await client.next(FRAME.ping);
  passes(connection, SERVER_LIMITS.pingTicks + 1);
  await ended(client);
  // The request that was under way, and the connection.
  const details = all.relay.outcomes.map(([, details]) => details);
  assert.deepEqual(details, ['http2.keepalive_timeout', 'http2.keepalive_timeout']);
});

test('a drain does not wait for a client that answers no PING', async () => {
  await using all = await setup();
  await using client = await connectReady(all.relay.port);
  const [connection] = all.relay.downstreams;
  connection?.drain();
  await client.next(FRAME.goaway);
  passes(connection, 40);
  assert.equal((await client.next(FRAME.goaway)).payload.readUInt32BE(0), 0);
  await ended(client);
});

test('an endpoint that never says its settings is given up', async () => {
  await using endpoint = await startRaw(() => {});
  await using relay = await startRelay(endpoint.port, { hasNoClock: true });
  await using client = await connectReady(relay.port);
  client.send(headers(1, GET, END));
  await comes(() => relay.upstream !== undefined);
  const connection = relay.upstream;
  passes(connection, CLIENT_LIMITS.prefaceTicks + 1);
  assert.equal(connection?.failure?.details, 'http2.preface_timeout');
  assert.equal(connection?.speaks, 'unknown');
});
