// Clients, by the frame, against the relay: what is refused and how, and what goes on to the endpoint.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR, FLAG, FRAME, MAX_31, SETTING } from './frame.ts';
import {
  connectRaw,
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
  PREFACE,
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
}

/** An endpoint that answers every request when it is complete, and a relay before it. */
async function setup(
  options: RelayOptions = {},
  serve: (peer: RawPeer) => Promise<void> = answers,
): Promise<Setup> {
  const endpoint = await startRaw(serve);
  const relay = await startRelay(endpoint.port, options);
  return {
    endpoint,
    relay,
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await endpoint[Symbol.asyncDispose]();
    },
  };
}

async function greets(peer: RawPeer): Promise<void> {
  peer.send(settings());
  await peer.next(FRAME.settings);
  peer.send(SETTINGS_ACK);
}

async function answers(peer: RawPeer): Promise<void> {
  await greets(peer);
  for (;;) {
    const { streamId } = await peer.next(FRAME.headers);
    peer.send(headers(streamId, OK), data(streamId, 'ok', END));
  }
}

const without = (name: string, fields: Fields = GET): Fields => fields.filter(([key]) => key !== name);
const replaced = (name: string, value: string): Fields => GET.map(([k, v]) => [k, k === name ? value : v]);

const MALFORMED: readonly (readonly [what: string, fields: Fields])[] = [
  ['an upper-case name', [...GET, ['X-A', '1']]],
  ['a name that is no token', [...GET, ['x a', '1']]],
  ['an empty name', [...GET, ['', '1']]],
  ['a CR LF in a value', [...GET, ['x-a', 'b\r\nx-evil: 1']]],
  ['a NUL in a value', [...GET, ['x-a', 'b\0']]],
  ['a value that begins with a space', [...GET, ['x-a', ' b']]],
  ['a value that ends with a tab', [...GET, ['x-a', 'b\t']]],
  ['Connection', [...GET, ['connection', 'close']]],
  ['Keep-Alive', [...GET, ['keep-alive', '5']]],
  ['Proxy-Connection', [...GET, ['proxy-connection', 'close']]],
  ['Transfer-Encoding', [...GET, ['transfer-encoding', 'chunked']]],
  ['Upgrade', [...GET, ['upgrade', 'h2c']]],
  ['TE with more than trailers', [...GET, ['te', 'gzip']]],
  ['no :method', without(':method')],
  ['no :scheme', without(':scheme')],
  ['no :path', without(':path')],
  ['an empty :path', replaced(':path', '')],
  ['two :path', [...GET, [':path', '/b']]],
  ['two :method', [...GET, [':method', 'GET']]],
  ['two :authority', [...GET, [':authority', 'a']]],
  ['a pseudo-header of responses', [...GET, [':status', '200']]],
  ['a pseudo-header that nobody knows', [...GET, [':evil', '1']]],
  ['a pseudo-header behind a field', [...without(':path'), ['x-a', '1'], [':path', '/']]],
  ['a :method with a space', replaced(':method', 'GET / HTTP/1.1')],
  ['a :path with a space', replaced(':path', '/ HTTP/1.1')],
  ['a :path with CR LF', replaced(':path', '/\r\nx: y')],
  ['a :path that is a URL', replaced(':path', 'http://b/')],
  ['an asterisk for GET', replaced(':path', '*')],
  ['a :scheme that is none', replaced(':scheme', 'ht tp')],
  ['user information in :authority', replaced(':authority', 'me@a')],
  ['a path in :authority', replaced(':authority', 'a/b')],
  ['a Host that says something else', [...GET, ['host', 'b']]],
  ['two Hosts', [...without(':authority'), ['host', 'a'], ['host', 'b']]],
  ['two lengths', [...GET, ['content-length', '0'], ['content-length', '0']]],
  ['a length that is no number', [...GET, ['content-length', '+0']]],
  ['a length without a body', [...GET, ['content-length', '5']]],
  ['CONNECT with a path', replaced(':method', 'CONNECT')],
  ['CONNECT without an authority', [[':method', 'CONNECT']]],
  ['a :protocol for GET', [...GET, [':protocol', 'websocket']]],
];
for (const [what, fields] of MALFORMED) {
  test(`a request with ${what} is reset, and the next one is served`, async () => {
    await using both = await setup();
    await using client = await connectReady(both.relay.port);
    client.send(headers(1, fields, END));
    const answer = await client.next(FRAME.rstStream, 1);
    assert.equal(answer.payload.readUInt32BE(0), ERROR.protocol);
    client.send(headers(3, GET, END));
    assert.deepEqual((await client.next(FRAME.headers, 3)).fields, OK);
    assert.equal(both.endpoint.peers[0]?.frames.filter(({ type }) => type === FRAME.headers).length, 1);
    assert.deepEqual(
      both.relay.outcomes.map(([kind]) => kind),
      ['refused'],
    );
  });
}

test('a Host that says the same as :authority, and one in its place, are one authority', async () => {
  await using both = await setup();
  await using client = await connectReady(both.relay.port);
  client.send(headers(1, [...GET, ['host', 'A']], END));
  await client.next(FRAME.headers, 1);
  client.send(headers(3, [...without(':authority'), ['host', 'b']], END));
  await client.next(FRAME.headers, 3);
  const sent = (both.endpoint.peers[0]?.frames ?? []).filter(({ type }) => type === FRAME.headers);
  assert.deepEqual(
    sent.map(({ fields }) => fields.filter(([name]) => name === ':authority' || name === 'host')),
    [[[':authority', 'a']], [[':authority', 'b']]],
  );
});

for (const [what, count, size] of [
  ['more fields than the limit', 130, 1],
  ['more bytes than the limit', 20, 3_900],
] as const) {
  test(`a request with ${what} is answered 431 and does not go on; the next one does`, async () => {
    await using both = await setup();
    await using client = await connectReady(both.relay.port);
    const more = Array.from({ length: count }, (_, i) => [`x-${i}`, 'v'.repeat(size)] as const);
    const whole = headers(1, [...GET, ...more]).subarray(9);
    client.send(frame(FRAME.headers, END, 1, whole.subarray(0, 16_000)));
    for (let at = 16_000; at < whole.length; at += 16_000) {
      client.send(frame(FRAME.continuation, 0, 1, whole.subarray(at, at + 16_000)));
    }
    client.send(frame(FRAME.continuation, FLAG.endHeaders, 1));
    assert.deepEqual((await client.next(FRAME.headers, 1)).fields[0], [':status', '431']);
    client.send(headers(3, GET, END));
    assert.deepEqual((await client.next(FRAME.headers, 3)).fields, OK);
    assert.equal(both.endpoint.peers[0]?.frames.filter(({ type }) => type === FRAME.headers).length, 1);
  });
}

const LENGTHS: readonly (readonly [what: string, bodies: readonly Buffer[]])[] = [
  ['shorter', [data(1, 'four', END)]],
  ['longer', [data(1, 'more than'), data(1, 'five', END)]],
  ['shorter before trailers', [data(1, 'four'), headers(1, [['x-sum', '1']], END)]],
];
for (const [what, bodies] of LENGTHS) {
  test(`a body that is ${what} than its length is not complete for the endpoint`, async () => {
    await using both = await setup({}, greets);
    await using client = await connectReady(both.relay.port);
    client.send(headers(1, [...POST, ['content-length', '5']]));
    await both.relay.until(() => both.relay.upstream?.activeStreams === 1, 'sent on');
    client.send(...bodies);
    assert.equal((await client.next(FRAME.rstStream, 1)).payload.readUInt32BE(0), ERROR.protocol);
    await both.relay.until(() => both.relay.outcomes.length > 0, 'refused');
    assert.deepEqual(both.relay.outcomes, [['DPE', 'http2.body_length']]);
    const [peer] = both.endpoint.peers as [RawPeer];
    assert.equal((await peer.next(FRAME.rstStream)).payload.readUInt32BE(0), ERROR.cancel);
    const body = peer.frames.filter(({ type }) => type === FRAME.data);
    assert.ok(Buffer.concat(body.map(({ payload }) => payload)).length <= 5);
    assert.ok(body.every(({ flags }) => (flags & END) === 0));
  });
}

const BAD_TRAILERS: readonly (readonly [what: string, lines: Fields, flags: number])[] = [
  ['do not end the stream', [['x-a', '1']], 0],
  ['have a pseudo-header', [[':path', '/b']], END],
  ['say a length', [['content-length', '1']], END],
  ['say how they are coded', [['transfer-encoding', 'chunked']], END],
  ['say a host', [['host', 'b']], END],
];
for (const [what, lines, flags] of BAD_TRAILERS) {
  test(`trailers that ${what} are none`, async () => {
    await using both = await setup({}, greets);
    await using client = await connectReady(both.relay.port);
    client.send(headers(1, POST), data(1, 'x'), headers(1, lines, flags));
    assert.equal((await client.next(FRAME.rstStream, 1)).payload.readUInt32BE(0), ERROR.protocol);
  });
}

/** Bytes after the preface and settings that end the connection, and the code it ends with. */
const BREAKS: readonly (readonly [what: string, code: number, frames: readonly Buffer[]])[] = [
  ['a frame that is too long', ERROR.frameSize, [frame(FRAME.headers, 4, 1, Buffer.alloc(16_385))]],
  ['DATA on stream 0', ERROR.protocol, [data(0, 'x')]],
  ['DATA on a stream that is not open', ERROR.protocol, [data(1, 'x')]],
  ['HEADERS on stream 0', ERROR.protocol, [headers(0, GET, END)]],
  ['HEADERS on an even stream', ERROR.protocol, [headers(2, GET, END)]],
  ['a stream id that goes back', ERROR.streamClosed, [headers(3, GET, END), headers(1, GET, END)]],
  ['padding longer than the frame', ERROR.protocol, [frame(FRAME.headers, 0xc, 1, Buffer.from([9, 0x82]))]],
  ['padded DATA without a length', ERROR.frameSize, [headers(1, POST), frame(FRAME.data, 8, 1)]],
  ['PUSH_PROMISE', ERROR.protocol, [frame(FRAME.pushPromise, 4, 1, Buffer.alloc(4))]],
  ['CONTINUATION alone', ERROR.protocol, [frame(FRAME.continuation, 4, 1)]],
  ['a PING inside of a header block', ERROR.protocol, [frame(FRAME.headers, 0, 1), ping()]],
  ['DATA inside of a header block', ERROR.protocol, [frame(FRAME.headers, 0, 1), data(1, 'x')]],
  [
    'a header block that is no HPACK',
    ERROR.compression,
    [frame(FRAME.headers, 4, 1, Buffer.from([0xff, 0xff, 0xff]))],
  ],
  ['a PING of 7 bytes', ERROR.frameSize, [frame(FRAME.ping, 0, 0, Buffer.alloc(7))]],
  ['a PING on a stream', ERROR.protocol, [frame(FRAME.ping, 0, 1, Buffer.alloc(8))]],
  ['SETTINGS of 5 bytes', ERROR.frameSize, [frame(FRAME.settings, 0, 0, Buffer.alloc(5))]],
  ['SETTINGS on a stream', ERROR.protocol, [frame(FRAME.settings, 0, 1)]],
  ['an initial window of 2^31', ERROR.flowControl, [settings([SETTING.initialWindowSize, 0x8000_0000])]],
  ['a maximum frame size of 1', ERROR.protocol, [settings([SETTING.maxFrameSize, 1])]],
  ['an ENABLE_PUSH of 2', ERROR.protocol, [settings([SETTING.enablePush, 2])]],
  ['an increment of 0', ERROR.protocol, [windowUpdate(0, 0)]],
  ['a window beyond 2^31-1', ERROR.flowControl, [windowUpdate(0, MAX_31)]],
  ['a WINDOW_UPDATE on a stream that is not open', ERROR.protocol, [windowUpdate(1, 1)]],
  ['RST_STREAM on a stream that is not open', ERROR.protocol, [reset(1, 0)]],
  [
    'RST_STREAM of 3 bytes',
    ERROR.frameSize,
    [headers(1, POST), frame(FRAME.rstStream, 0, 1, Buffer.alloc(3))],
  ],
];
for (const [what, code, frames] of BREAKS) {
  test(`${what} ends the connection, and the request of another is served`, async () => {
    await using both = await setup();
    await using other = await connectReady(both.relay.port);
    await using client = await connectReady(both.relay.port);
    client.send(...frames);
    assert.equal(await client.goaway(), code);
    await client.until(() => client.hasEnded || client.isClosed, 'the end');
    other.send(headers(1, GET, END));
    assert.deepEqual((await other.next(FRAME.headers, 1)).fields, OK);
  });
}

for (const [what, bytes] of [
  ['HTTP/1.1', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a preface with a mistake', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\rX'],
] as const) {
  test(`a connection that begins with ${what} is refused`, async () => {
    await using both = await setup();
    await using client = await connectRaw(both.relay.port);
    client.send(Buffer.from(bytes));
    assert.equal(await client.goaway(), ERROR.protocol);
    assert.deepEqual(both.relay.outcomes, [['refused', 'http2.invalid_preface']]);
  });
}

test('a first frame that is not SETTINGS is refused', async () => {
  await using both = await setup();
  await using client = await connectRaw(both.relay.port);
  client.send(PREFACE, headers(1, GET, END));
  assert.equal(await client.goaway(), ERROR.protocol);
});

test('frames that HTTP/2 does not have are ignored, and so are priorities', async () => {
  await using both = await setup();
  await using client = await connectReady(both.relay.port);
  const priority = Buffer.from([0, 0, 0, 0, 16]);
  client.send(
    frame(0xbe, 0xff, 0, Buffer.from('x')),
    frame(FRAME.priority, 0, 5, priority),
    frame(
      FRAME.headers,
      FLAG.endHeaders | FLAG.priority | END,
      1,
      Buffer.concat([priority, headers(1, GET).subarray(9)]),
    ),
  );
  assert.deepEqual((await client.next(FRAME.headers, 1)).fields, OK);
});

test('more streams than are allowed are refused one by one, and can be sent again', async () => {
  await using both = await setup({ server: { maxStreams: 2 } }, greets);
  await using client = await connectReady(both.relay.port);
  client.send(...[1, 3, 5, 7].map((id) => headers(id, GET, END)));
  for (const id of [5, 7]) {
    assert.equal((await client.next(FRAME.rstStream, id)).payload.readUInt32BE(0), ERROR.refusedStream);
  }
  const [, settingsOfOurs] = [client, client.frames.find(({ type }) => type === FRAME.settings)];
  assert.deepEqual(
    [...(settingsOfOurs?.payload.subarray(0, 6) ?? [])],
    [0, SETTING.maxConcurrentStreams, 0, 0, 0, 2],
  );
});

test('data that came before a reset was known is ignored, and credited', async () => {
  await using both = await setup({}, async (peer) => {
    await greets(peer);
    for (;;) {
      const { streamId } = await peer.next(FRAME.headers);
      peer.send(headers(streamId, OK, END));
    }
  });
  await using client = await connectReady(both.relay.port);
  // Four times what the connection's window allows at once.
  const chunk = data(1, Buffer.alloc(16_000));
  client.send(headers(1, POST), data(1, 'x'));
  assert.equal((await client.next(FRAME.rstStream, 1)).payload.readUInt32BE(0), ERROR.noError);
  for (let i = 0; i < 256; i++) {
    client.send(chunk);
    if (i % 16 === 0) await client.roundTrip();
  }
  client.send(headers(3, GET, END));
  await client.next(FRAME.headers, 3);
  assert.deepEqual(both.relay.outcomes, []);
});

test('a drain loses no stream: those on their way are served until the client has heard of it', async () => {
  await using both = await setup();
  await using client = await connectReady(both.relay.port);
  client.send(headers(1, GET, END));
  await client.next(FRAME.data, 1);
  const [connection] = both.relay.downstreams;
  connection?.drain();
  const first = await client.next(FRAME.goaway);
  assert.deepEqual([first.payload.readUInt32BE(0), first.payload.readUInt32BE(4)], [MAX_31, ERROR.noError]);
  const { payload } = await client.next(FRAME.ping);
  // Sent before the answer to the PING: as if it had been on its way.
  client.send(headers(3, GET, END), frame(FRAME.ping, FLAG.ack, 0, payload));
  const second = await client.next(FRAME.goaway);
  assert.equal(second.payload.readUInt32BE(0), 3);
  client.send(headers(5, GET, END));
  await client.until(() => client.hasEnded, 'the end');
  const answered = client.frames.filter(({ type }) => type === FRAME.headers).map(({ streamId }) => streamId);
  assert.deepEqual(answered, [1, 3]);
});

test('after its last GOAWAY a connection opens no stream, and ends with the one that is open', async () => {
  await using both = await setup({}, async (peer) => {
    await greets(peer);
    await peer.next(FRAME.headers);
    await peer.until(
      () => peer.frames.some(({ type, flags }) => type === FRAME.data && flags === END),
      'the body',
    );
    peer.send(headers(1, OK, END));
  });
  await using client = await connectReady(both.relay.port);
  client.send(headers(1, POST));
  await both.relay.until(() => both.relay.upstream?.activeStreams === 1, 'sent on');
  const [connection] = both.relay.downstreams;
  connection?.close();
  assert.equal((await client.next(FRAME.goaway)).payload.readUInt32BE(0), 1);
  client.send(headers(3, GET, END));
  await client.roundTrip();
  assert.equal(connection?.activeStreams, 1);
  client.send(data(1, 'x', END));
  assert.deepEqual((await client.next(FRAME.headers, 1)).fields, OK);
  await client.until(() => client.hasEnded, 'the end');
  assert.ok(client.frames.every(({ streamId }) => streamId !== 3));
});

test('a client that closes its side after its request still gets the answer', async () => {
  await using both = await setup();
  await using client = await connectReady(both.relay.port);
  client.send(headers(1, GET, END));
  client.socket.end();
  assert.equal((await client.next(FRAME.data, 1)).payload.toString(), 'ok');
  await client.until(() => client.hasEnded, 'the end');
});

test('a client that closes its side within its request has given it up', async () => {
  await using both = await setup({}, greets);
  await using client = await connectReady(both.relay.port);
  client.send(headers(1, POST), data(1, 'half'));
  client.socket.end();
  await both.relay.until(() => both.relay.outcomes.length > 0, 'aborted');
  assert.deepEqual(both.relay.outcomes, [['DC', 'downstream_remote_disconnect']]);
  await client.until(() => client.hasEnded, 'the end');
});

test('a client that sends GOAWAY gets its answers, then the connection ends', async () => {
  await using both = await setup();
  await using client = await connectReady(both.relay.port);
  client.send(headers(1, GET, END), goaway(0, 0));
  assert.equal((await client.next(FRAME.data, 1)).payload.toString(), 'ok');
  await client.until(() => client.hasEnded, 'the end');
});
