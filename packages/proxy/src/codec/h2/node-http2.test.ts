// Requests and answers of every shape from Node's HTTP/2 client through both sides of the codec to Node's server, and
// back: what arrives is what was sent.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
  type Settings,
  sensitiveHeaders,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { type Relay, type RelayOptions, startRelay } from './testing/relay.ts';

type Handler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

interface Setup extends AsyncDisposable {
  readonly relay: Relay;
  readonly client: ClientHttp2Session;
}

/** Node's client, the relay, and Node's server with this handler. */
async function setup(
  handler: Handler,
  options: RelayOptions & { readonly settings?: Settings; readonly endpointSettings?: Settings } = {},
): Promise<Setup> {
  const server = createServer(
    options.endpointSettings === undefined ? {} : { settings: options.endpointSettings },
  );
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {});
    handler(stream, headers);
  });
  server.on('sessionError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const relay = await startRelay((server.address() as AddressInfo).port, options);
  const client = connect(
    `http://127.0.0.1:${relay.port}`,
    options.settings === undefined ? {} : { settings: options.settings },
  );
  client.on('error', () => {});
  return {
    relay,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await relay[Symbol.asyncDispose]();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders | undefined;
  readonly informational: readonly number[];
  readonly body: Buffer;
}

interface Call {
  readonly headers?: Record<string, string | string[]>;
  /** Pieces, each written on its own. */
  readonly body?: readonly Buffer[];
  readonly trailers?: Record<string, string>;
}

async function request(client: ClientHttp2Session, { headers = {}, body, trailers }: Call): Promise<Answer> {
  const stream = client.request(
    { ':path': '/', ...headers },
    { endStream: body === undefined, waitForTrailers: trailers !== undefined },
  );
  const informational: number[] = [];
  const got: { trailers?: IncomingHttpHeaders } = {};
  stream.on('headers', (head: IncomingHttpHeaders) => informational.push(Number(head[':status'])));
  stream.on('trailers', (lines: IncomingHttpHeaders) => {
    got.trailers = lines;
  });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const answered = once(stream, 'response');
  const ended = once(stream, 'end');
  if (body !== undefined) {
    for (const piece of body) if (!stream.write(piece)) await once(stream, 'drain');
    stream.end();
  }
  const [head] = (await answered) as [IncomingHttpHeaders];
  await ended;
  return { headers: head, trailers: got.trailers, informational, body: Buffer.concat(chunks) };
}

/** Answers with what came, in its own time. */
const echo: Handler = (stream, headers) => {
  stream.respond({ ':status': 200, 'x-method': headers[':method'] ?? '', 'x-path': headers[':path'] ?? '' });
  stream.pipe(stream);
};

const SIZES = [0, 1, 16_383, 16_384, 16_385, 65_535, 65_536, 200_000, 1_000_000];
for (const size of SIZES) {
  test(`a body of ${size} bytes comes back as it was sent`, async () => {
    await using both = await setup(echo);
    const body = randomBytes(size);
    const answer = await request(both.client, {
      headers: { ':method': 'POST', ':path': '/a?b=c' },
      body: [body],
    });
    assert.equal(answer.headers[':status'], 200);
    assert.equal(answer.headers['x-path'], '/a?b=c');
    assert.ok(answer.body.equals(body));
    assert.deepEqual(both.relay.outcomes, []);
  });
}

for (const window of [1, 100, 16_384]) {
  test(`bodies pass where both peers open their windows by ${window} bytes`, async () => {
    const settings = { initialWindowSize: window };
    await using both = await setup(echo, { settings, endpointSettings: settings });
    const body = randomBytes(window * 100);
    const answer = await request(both.client, { headers: { ':method': 'POST' }, body: [body] });
    assert.ok(answer.body.equals(body));
  });
}

test('bodies pass where both peers open their windows only later, and by settings', async () => {
  const settings = { initialWindowSize: 0 };
  await using both = await setup(
    (stream, headers) => {
      echo(stream, headers);
      stream.session?.settings({ initialWindowSize: 1_000 });
    },
    { settings, endpointSettings: settings },
  );
  const body = randomBytes(50_000);
  const sent = request(both.client, { headers: { ':method': 'POST' }, body: [body] });
  await both.relay.until(() => both.relay.upstream?.activeStreams === 1, 'under way');
  both.client.settings({ initialWindowSize: 1_000 });
  assert.ok((await sent).body.equals(body));
});

test('many small pieces, and trailers both ways', async () => {
  await using both = await setup((stream) => {
    const hash = createHash('sha256');
    let received: IncomingHttpHeaders = {};
    stream.on('trailers', (lines: IncomingHttpHeaders) => {
      received = lines;
    });
    stream.on('data', (chunk: Buffer) => hash.update(chunk));
    stream.on('end', () => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () =>
        stream.sendTrailers({ 'x-sum': hash.digest('hex'), 'x-echo': String(received['x-request-sum']) }),
      );
      stream.end('done');
    });
  });
  const pieces = Array.from({ length: 2_000 }, (_, i) => Buffer.from(`piece ${i},`));
  const sum = createHash('sha256').update(Buffer.concat(pieces)).digest('hex');
  const answer = await request(both.client, {
    headers: { ':method': 'POST' },
    body: pieces,
    trailers: { 'x-request-sum': sum },
  });
  assert.equal(answer.body.toString(), 'done');
  assert.equal(answer.trailers?.['x-sum'], sum);
  assert.equal(answer.trailers?.['x-echo'], sum);
});

test('an answer that is trailers only, and one without a body', async () => {
  await using both = await setup((stream, headers) => {
    stream.respond(
      { ':status': headers[':path'] === '/204' ? 204 : 200, 'grpc-status': '5' },
      { endStream: true },
    );
  });
  const only = await request(both.client, {});
  assert.deepEqual([only.headers['grpc-status'], only.body.length], ['5', 0]);
  assert.equal((await request(both.client, { headers: { ':path': '/204' } })).headers[':status'], 204);
});

test('HEAD and 304 say a length and have no body', async () => {
  await using both = await setup((stream, headers) => {
    const status = headers[':method'] === 'HEAD' ? 200 : 304;
    stream.respond({ ':status': status, 'content-length': '1000' }, { endStream: true });
  });
  for (const method of ['HEAD', 'GET']) {
    const answer = await request(both.client, { headers: { ':method': method } });
    assert.deepEqual([answer.headers['content-length'], answer.body.length], ['1000', 0]);
  }
  assert.deepEqual(both.relay.outcomes, []);
});

test('1xx answers come before the final one', async () => {
  await using both = await setup((stream) => {
    stream.additionalHeaders({ ':status': 103, link: '</a.css>; rel=preload' });
    stream.additionalHeaders({ ':status': 102 });
    stream.respond({ ':status': 200 });
    stream.end('late');
  });
  const answer = await request(both.client, {});
  assert.deepEqual(answer.informational, [103, 102]);
  assert.equal(answer.body.toString(), 'late');
});

test('header lines go through in order and in number; crumbs of a cookie are one line again', async () => {
  const seen = Promise.withResolvers<IncomingHttpHeaders>();
  await using both = await setup((stream, headers) => {
    seen.resolve(headers);
    stream.respond(
      { ':status': 200, 'set-cookie': ['a=1', 'b=2'], 'x-long': 'y'.repeat(20_000) },
      { endStream: true },
    );
  });
  const headers = {
    te: 'trailers',
    'x-many': 'é'.normalize(),
    cookie: ['a=b', 'c=d', 'e=f'],
    authorization: 'Bearer x',
    'x-big': 'z'.repeat(30_000),
  };
  const answer = await request(both.client, { headers });
  const received = await seen.promise;
  assert.equal(received.cookie, 'a=b; c=d; e=f');
  assert.equal(received.te, 'trailers');
  assert.equal(received['x-big']?.length, 30_000);
  assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2']);
  assert.equal(answer.headers['x-long']?.length, 20_000);
});

test('a header that its sender never wants indexed is not indexed further on', async () => {
  const seen = Promise.withResolvers<IncomingHttpHeaders>();
  await using both = await setup((stream, headers) => {
    seen.resolve(headers);
    stream.respond({ ':status': 200 }, { endStream: true });
  });
  const sent = { ':path': '/', 'x-secret': 'abc', 'x-open': 'def', [sensitiveHeaders]: ['x-secret'] };
  const stream = both.client.request(sent);
  stream.resume();
  await once(stream, 'response');
  assert.deepEqual((await seen.promise)[sensitiveHeaders as unknown as string], ['x-secret']);
});

test('a thousand streams at once, each with a body of its own', async () => {
  await using both = await setup(echo, {
    server: { maxStreams: 1_000 },
    client: { maxStreams: 1_000 },
    endpointSettings: { maxConcurrentStreams: 1_000 },
  });
  const bodies = Array.from({ length: 1_000 }, (_, i) => Buffer.from(`${i}:`.repeat(1 + (i % 700))));
  const answers = await Promise.all(
    bodies.map((body) => request(both.client, { headers: { ':method': 'PUT' }, body: [body] })),
  );
  for (const [i, answer] of answers.entries()) assert.ok(answer.body.equals(bodies[i] as Buffer), String(i));
});

test('more requests than the endpoint takes at once wait for their turn', async () => {
  let open = 0;
  let most = 0;
  await using both = await setup(
    (stream) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        stream.respond({ ':status': 200 }, { endStream: true });
      }, 5);
    },
    { endpointSettings: { maxConcurrentStreams: 7 } },
  );
  const answers = await Promise.all(Array.from({ length: 90 }, () => request(both.client, {})));
  assert.ok(answers.every(({ headers }) => Number(headers[':status']) === 200));
  assert.equal(most, 7);
});

test('an answer that is complete before the request: the rest of that is not waited for', async () => {
  await using both = await setup((stream) => {
    stream.respond({ ':status': 413 });
    stream.end('too large');
  });
  const stream = both.client.request({ ':path': '/', ':method': 'POST' });
  stream.write('a beginning');
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'close');
  assert.equal(Buffer.concat(chunks).toString(), 'too large');
  assert.equal(stream.rstCode, constants.NGHTTP2_NO_ERROR);
  // The connections are as good as before.
  assert.equal((await request(both.client, {})).headers[':status'], 413);
});

for (const [code, name, safety] of [
  [constants.NGHTTP2_REFUSED_STREAM, 'refused_stream', 'unprocessed'],
  [constants.NGHTTP2_INTERNAL_ERROR, 'internal_error', 'sent'],
] as const) {
  test(`an endpoint that resets the stream with ${name}`, async () => {
    await using both = await setup((stream) => stream.close(code));
    const answer = await request(both.client, {});
    assert.equal(answer.headers[':status'], 503);
    assert.deepEqual(both.relay.outcomes, [
      [`UR ${safety}`, `upstream_reset_before_response_started{remote_reset,${name}}`],
    ]);
  });
}

test('an endpoint that resets within its answer: the client sees that it is not complete', async () => {
  await using both = await setup((stream) => {
    stream.respond({ ':status': 200 });
    stream.write('half', () => stream.destroy(new Error('half is enough')));
  });
  const stream = both.client.request({ ':path': '/' });
  stream.resume();
  const [error] = await once(stream, 'error');
  assert.match(String(error), /NGHTTP2_INTERNAL_ERROR/);
});

test('a client that resets: the endpoint sees its stream reset', async () => {
  const reset = Promise.withResolvers<number>();
  await using both = await setup((stream) => {
    stream.on('error', () => {});
    stream.on('close', () => reset.resolve(stream.rstCode));
    stream.respond({ ':status': 200 });
    stream.write('beginning');
  });
  const stream = both.client.request({ ':path': '/' });
  stream.on('error', () => {});
  await once(stream, 'data');
  stream.close(constants.NGHTTP2_CANCEL);
  assert.equal(await reset.promise, constants.NGHTTP2_CANCEL);
  assert.deepEqual(both.relay.outcomes, [['DC', 'http2.remote_reset']]);
});

test('a WebSocket by extended CONNECT: bytes both ways, and each way ends by itself', async () => {
  await using both = await setup(
    (stream, headers) => {
      assert.equal(headers[':method'], 'CONNECT');
      assert.equal(headers[':protocol'], 'websocket');
      stream.respond({ ':status': 200, 'sec-websocket-protocol': 'chat' });
      stream.on('data', (chunk: Buffer) => stream.write(chunk.toString().toUpperCase()));
      stream.on('end', () => stream.end('bye'));
    },
    { endpointSettings: { enableConnectProtocol: true } },
  );
  await once(both.client, 'remoteSettings');
  const stream = both.client.request(
    {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'http',
      ':path': '/chat',
      ':authority': 'a',
    },
    { endStream: false },
  );
  stream.setEncoding('utf8');
  const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  assert.deepEqual([head[':status'], head['sec-websocket-protocol']], [200, 'chat']);
  stream.write('hello');
  assert.deepEqual(await once(stream, 'data'), ['HELLO']);
  stream.end();
  assert.deepEqual(await once(stream, 'data'), ['bye']);
  await once(stream, 'end');
});

test('an endpoint without extended CONNECT: the upgrade fails and nothing is sent', async () => {
  await using both = await setup(() => assert.fail('a request came'));
  await once(both.client, 'remoteSettings');
  const stream = both.client.request(
    {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'http',
      ':path': '/chat',
      ':authority': 'a',
    },
    { endStream: false },
  );
  stream.resume();
  const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders];
  assert.equal(head[':status'], 503);
  assert.deepEqual(both.relay.outcomes, [['UPE sent', 'upstream_http2.no_extended_connect']]);
});

test('a plain CONNECT is a tunnel', async () => {
  await using both = await setup((stream, headers) => {
    assert.deepEqual(
      [headers[':method'], headers[':authority'], headers[':path']],
      ['CONNECT', 'db:5432', undefined],
    );
    stream.respond({ ':status': 200 });
    stream.pipe(stream);
  });
  const stream = both.client.request({ ':method': 'CONNECT', ':authority': 'db:5432' }, { endStream: false });
  await once(stream, 'response');
  stream.setEncoding('utf8');
  stream.write('bytes');
  assert.deepEqual(await once(stream, 'data'), ['bytes']);
  stream.end();
  await once(stream, 'end');
});
