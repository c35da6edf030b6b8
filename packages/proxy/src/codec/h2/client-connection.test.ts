// Endpoints, by the frame, behind the relay: what of their answers goes on, what becomes of requests when they break the
// protocol, refuse or leave, and which requests may be sent again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR, FLAG, FRAME, SETTING } from './frame.ts';
import {
  connectReady,
  data,
  END,
  type Fields,
  frame,
  GET,
  goaway,
  headers,
  OK,
  POST,
  ping,
  type RawPeer,
  type RawServer,
  reset,
  SETTINGS_ACK,
  settings,
  startRaw,
  windowUpdate,
} from './testing/raw-peer.ts';
import { type Relay, type RelayOptions, startRelay } from './testing/relay.ts';

interface Setup extends AsyncDisposable {
  readonly endpoint: RawServer;
  readonly relay: Relay;
  readonly client: RawPeer;
}

async function setup(serve: (peer: RawPeer) => Promise<void>, options: RelayOptions = {}): Promise<Setup> {
  const endpoint = await startRaw(serve);
  const relay = await startRelay(endpoint.port, options);
  const client = await connectReady(relay.port);
  return {
    endpoint,
    relay,
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await relay[Symbol.asyncDispose]();
      await endpoint[Symbol.asyncDispose]();
    },
  };
}

async function greets(peer: RawPeer, ...pairs: readonly (readonly [number, number])[]): Promise<void> {
  peer.send(settings(...pairs));
  await peer.next(FRAME.settings);
  peer.send(SETTINGS_ACK);
}

/** Answers the first request with these frames. */
const answersWith =
  (...frames: readonly Buffer[]) =>
  async (peer: RawPeer): Promise<void> => {
    await greets(peer);
    await peer.next(FRAME.headers);
    peer.send(...frames);
  };

/** Status of the answer, or -1 for a stream that is reset within it. */
async function outcome({ client, relay }: Setup, fields: Fields = GET): Promise<string[]> {
  client.send(headers(1, fields, END));
  await relay.until(() => relay.outcomes.length > 0, 'over');
  return [...(relay.outcomes[0] as readonly string[])];
}

const MALFORMED: readonly (readonly [what: string, frames: readonly Buffer[], details: string])[] = [
  ['has no status', [headers(1, [['x-a', '1']], END)], 'invalid_status'],
  ['has a status that is none', [headers(1, [[':status', '2000']], END)], 'invalid_pseudo_header'],
  ['has two', [headers(1, [...OK, ...OK], END)], 'invalid_pseudo_header'],
  ['is 101', [headers(1, [[':status', '101']])], 'invalid_status'],
  ['ends with 1xx', [headers(1, [[':status', '103']], END)], 'invalid_status'],
  ['has a pseudo-header of requests', [headers(1, [...OK, [':path', '/']], END)], 'invalid_pseudo_header'],
  ['has Connection', [headers(1, [...OK, ['connection', 'close']], END)], 'connection_header'],
  [
    'has Transfer-Encoding',
    [headers(1, [...OK, ['transfer-encoding', 'chunked']], END)],
    'connection_header',
  ],
  ['has CR LF in a value', [headers(1, [...OK, ['x-a', 'b\r\nc: d']], END)], 'invalid_header'],
  [
    'has 1xx without end',
    Array.from({ length: 40 }, () => headers(1, [[':status', '102']])),
    'too_many_informational',
  ],
  ['has data before its head', [data(1, 'x', END)], 'unexpected_body'],
  [
    'is larger than the limit',
    [headers(1, [...OK, ...Array.from({ length: 200 }, () => ['a', 'b'] as const)], END)],
    'too_many_headers',
  ],
];
for (const [what, frames, details] of MALFORMED) {
  test(`an answer that ${what} is none: the stream is reset, and the connection goes on`, async () => {
    await using all = await setup(async (peer) => {
      await answersWith(...frames)(peer);
      const { streamId } = await peer.next(FRAME.headers);
      peer.send(headers(streamId, OK, END));
    });
    assert.deepEqual(await outcome(all), ['UPE sent', `upstream_http2.${details}`]);
    all.client.send(headers(3, GET, END));
    assert.deepEqual((await all.client.next(FRAME.headers, 3)).fields, OK);
    assert.equal(all.endpoint.peers.length, 1);
    assert.ok(
      all.endpoint.peers[0]?.frames.some(({ type, streamId }) => type === FRAME.rstStream && streamId === 1),
    );
  });
}

const SHORT: readonly (readonly [what: string, method: string, frames: readonly Buffer[]])[] = [
  ['shorter than its length', 'GET', [headers(1, [...OK, ['content-length', '5']]), data(1, 'four', END)]],
  ['longer than its length', 'GET', [headers(1, [...OK, ['content-length', '3']]), data(1, 'four', END)]],
  ['none of HEAD', 'HEAD', [headers(1, [...OK, ['content-length', '4']]), data(1, 'four', END)]],
  ['none of 204', 'GET', [headers(1, [[':status', '204']]), data(1, 'four', END)]],
  ['none of 304', 'GET', [headers(1, [[':status', '304']]), data(1, 'four', END)]],
];
for (const [what, method, frames] of SHORT) {
  test(`an answer whose body is ${what}: the client sees that it is not complete`, async () => {
    await using all = await setup(answersWith(...frames));
    const fields = GET.map(([name, value]) => [name, name === ':method' ? method : value] as const);
    assert.deepEqual(await outcome(all, fields), ['UPE sent', 'upstream_http2.body_length']);
    await all.client.next(FRAME.rstStream, 1);
    const body = all.client.frames.filter(({ type }) => type === FRAME.data);
    assert.ok(body.every(({ flags }) => (flags & END) === 0));
  });
}

const BREAKS: readonly (readonly [what: string, frames: readonly Buffer[], details: string, code: number])[] =
  [
    ['an answer to what nobody asked', [headers(7, OK, END)], 'idle_stream', ERROR.protocol],
    [
      'PUSH_PROMISE',
      [frame(FRAME.pushPromise, 4, 1, Buffer.from([0, 0, 0, 2, 0x82]))],
      'push_promise',
      ERROR.protocol,
    ],
    [
      'more than the connection window',
      [headers(1, OK), ...Array.from({ length: 12 }, () => data(1, Buffer.alloc(16_384)))],
      'window_exceeded',
      ERROR.flowControl,
    ],
    [
      'PING without end',
      [Buffer.concat(Array.from({ length: 10_000 }, () => ping()))],
      'frame_flood',
      ERROR.enhanceYourCalm,
    ],
    [
      'CONTINUATION without end',
      [frame(FRAME.headers, 0, 1), ...Array.from({ length: 20 }, () => frame(FRAME.continuation, 0, 1))],
      'continuation_flood',
      ERROR.enhanceYourCalm,
    ],
  ];
for (const [what, frames, details, code] of BREAKS) {
  test(`an endpoint that sends ${what} loses its connection; the next request gets another`, async () => {
    // What is held for the client, which reads nothing at first, is not credited.
    const client = { heldBytes: 0, connectionWindow: 65_535 };
    const serve = async (peer: RawPeer): Promise<void> => {
      await greets(peer);
      const { streamId } = await peer.next(FRAME.headers);
      const isFirst = all.endpoint.peers[0] === peer;
      peer.send(...(isFirst ? frames : [headers(streamId, OK, END)]));
    };
    await using all = await setup(serve, { client });
    assert.deepEqual(await outcome(all), ['UPE sent', `upstream_http2.${details}`]);
    assert.equal(await (all.endpoint.peers[0] as RawPeer).goaway(), code);
    all.client.send(headers(3, GET, END));
    assert.deepEqual((await all.client.next(FRAME.headers, 3)).fields, OK);
  });
}

test('requests above the last stream of a GOAWAY are unprocessed; the one below gets its answer', async () => {
  await using all = await setup(async (peer) => {
    await greets(peer);
    for (const id of [1, 3, 5]) await peer.next(FRAME.headers, id);
    peer.send(goaway(1, 0), headers(1, OK), data(1, 'ok', END));
  });
  all.client.send(headers(1, GET, END), headers(3, GET, END), headers(5, POST));
  assert.equal((await all.client.next(FRAME.data, 1)).payload.toString(), 'ok');
  await all.relay.until(() => all.relay.outcomes.length === 2, 'over');
  assert.deepEqual(
    new Set(all.relay.outcomes.map(([what, details]) => `${what} ${details}`)),
    new Set(['UC unprocessed upstream_reset_before_response_started{goaway}']),
  );
  await all.endpoint.peers[0]?.until(() => all.endpoint.peers[0]?.hasEnded === true, 'the end');
});

test('a GOAWAY that announces itself loses nothing, and new requests go to another connection', async () => {
  await using all = await setup(async (peer) => {
    await greets(peer);
    if (all.endpoint.peers.length > 1) {
      const { streamId } = await peer.next(FRAME.headers);
      return peer.send(headers(streamId, OK, END));
    }
    await peer.next(FRAME.headers, 1);
    peer.send(goaway(0x7fff_ffff, 0));
    await peer.roundTrip();
    peer.send(goaway(1, 0));
    await peer.roundTrip();
    peer.send(headers(1, OK, END));
  });
  all.client.send(headers(1, GET, END));
  await all.relay.until(() => all.relay.upstream?.activeStreams === 1, 'sent');
  await all.client.next(FRAME.headers, 1);
  all.client.send(headers(3, GET, END));
  assert.deepEqual((await all.client.next(FRAME.headers, 3)).fields, OK);
  assert.deepEqual(all.relay.outcomes, []);
  assert.equal(all.endpoint.peers.length, 2);
});

test('a connection that is lost before a byte of the answer: idle-closed if it had served before, else sent', async () => {
  await using all = await setup(async (peer) => {
    await greets(peer);
    await peer.next(FRAME.headers);
    if (all.endpoint.peers.length > 1) return void peer.socket.resetAndDestroy();
    peer.send(headers(1, OK, END));
    await peer.next(FRAME.headers);
    peer.socket.resetAndDestroy();
  });
  all.client.send(headers(1, GET, END));
  await all.client.next(FRAME.headers, 1);
  for (const id of [3, 5]) {
    all.client.send(headers(id, GET, END));
    await all.client.next(FRAME.headers, id);
  }
  const details = 'upstream_reset_before_response_started{connection_termination}';
  assert.deepEqual(all.relay.outcomes, [
    ['UC idle-closed', details],
    ['UC sent', details],
  ]);
});

test('an endpoint without HTTP/2 is known for it before a request is sent', async () => {
  await using endpoint = await startRaw((peer) => {
    peer.socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
  });
  await using relay = await startRelay(endpoint.port);
  await using client = await connectReady(relay.port);
  client.send(headers(1, GET, END));
  await relay.until(() => relay.upstream !== undefined, 'connecting');
  const connection = relay.upstream;
  assert.equal(connection?.speaks, 'unknown');
  assert.equal(connection?.isUsable, false);
  await relay.until(() => relay.upstream !== connection, 'gone');
  assert.equal(connection?.speaks, 'other');
});

test('to an endpoint of a kind that is known, streams are opened before its settings have come', async () => {
  const serve = async (peer: RawPeer): Promise<void> => {
    for (const id of [1, 3]) await peer.next(FRAME.headers, id);
    peer.send(settings(), SETTINGS_ACK, headers(1, OK, END), headers(3, OK, END));
    await peer.next(FRAME.headers, 5);
    peer.send(headers(5, OK, END));
  };
  await using all = await setup(serve, { client: { streamsBeforeSettings: 2 } });
  all.client.send(headers(1, GET, END), headers(3, GET, END), headers(5, GET, END));
  for (const id of [1, 3, 5]) assert.deepEqual((await all.client.next(FRAME.headers, id)).fields, OK);
});

test('settings that come late are obeyed: how many streams, and how large a stream window', async () => {
  await using all = await setup(async (peer) => {
    await greets(peer, [SETTING.maxConcurrentStreams, 1], [SETTING.initialWindowSize, 10]);
    await peer.next(FRAME.headers, 1);
    const first = await peer.next(FRAME.data, 1);
    assert.equal(first.payload.length, 10);
    // Less than nothing (RFC 9113 6.9.2): 10 bytes are out, and 4 would have been allowed.
    peer.send(settings([SETTING.initialWindowSize, 4]), windowUpdate(1, 6));
    await peer.roundTrip();
    peer.send(windowUpdate(1, 3));
    const second = await peer.next(FRAME.data, 1);
    assert.equal(second.payload.toString(), 'abc');
    peer.send(settings([SETTING.maxConcurrentStreams, 2]), headers(1, OK, END));
    await peer.next(FRAME.headers, 3);
    peer.send(headers(3, OK, END));
  });
  all.client.send(headers(1, POST), data(1, '0123456789abcdef', END), headers(3, GET, END));
  await all.client.next(FRAME.headers, 1);
  assert.deepEqual((await all.client.next(FRAME.headers, 3)).fields, OK);
});

test('a request that the client gives up is reset at the endpoint, whose late frames are ignored', async () => {
  await using all = await setup(async (peer) => {
    await greets(peer);
    await peer.next(FRAME.headers, 1);
    peer.send(headers(1, OK));
    assert.equal((await peer.next(FRAME.rstStream, 1)).payload.readUInt32BE(0), ERROR.cancel);
    peer.send(data(1, 'late'), headers(1, [['x-sum', '1']], END));
    await peer.next(FRAME.headers, 3);
    peer.send(headers(3, OK, END));
  });
  all.client.send(headers(1, GET, END));
  await all.client.next(FRAME.headers, 1);
  all.client.send(reset(1, ERROR.cancel), headers(3, GET, END));
  assert.deepEqual((await all.client.next(FRAME.headers, 3)).fields, OK);
  assert.deepEqual(all.relay.outcomes, [['DC', 'http2.remote_reset']]);
});

test('a header section larger than a frame comes in CONTINUATION frames, both ways', async () => {
  const long = 'v'.repeat(40_000);
  await using all = await setup(async (peer) => {
    await greets(peer);
    const head = await peer.next(FRAME.headers, 1);
    assert.equal(head.flags & FLAG.endHeaders, 0);
    await peer.next(FRAME.continuation, 1);
    const last = await peer.next(FRAME.continuation, 1);
    assert.equal(last.flags & FLAG.endHeaders, FLAG.endHeaders);
    peer.send(headers(1, [...OK, ['x-a', '1']], END));
  });
  const whole = headers(1, [...GET, ['x-long', long]]).subarray(9);
  all.client.send(
    frame(FRAME.headers, END, 1, whole.subarray(0, 16_000)),
    frame(FRAME.continuation, 0, 1, whole.subarray(16_000, 32_000)),
    frame(FRAME.continuation, FLAG.endHeaders, 1, whole.subarray(32_000)),
  );
  assert.deepEqual((await all.client.next(FRAME.headers, 1)).fields, [...OK, ['x-a', '1']]);
});
