import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../codec/h1/limits.ts';
import { H1RequestHead } from '../codec/h1/message.ts';
import { parseRequestHead } from '../codec/h1/parse-head.ts';
import type { UpstreamError, UpstreamOwner, UpstreamStream } from '../stack/http.ts';
import { expects, expectsClose, type Step, sends, startServer } from '../testing/scripted-peer.ts';
import { createDialer } from '../transport/dialer.ts';
import { Ticker } from '../transport/ticker.ts';
import { Http1Pool } from './http1-pool.ts';
import { Http2Pool } from './http2-pool.ts';
import type { StreamPool, StreamTaker } from './stream-pool.ts';

/** A request that is sent as soon as there is a stream. */
class Call implements StreamTaker, UpstreamOwner {
  readonly outcome: Promise<string>;
  stream: UpstreamStream | undefined;
  #settle: (outcome: string) => void;

  constructor(pool: StreamPool) {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.outcome = promise;
    this.#settle = resolve;
    pool.acquire(this);
  }

  onStream(stream: UpstreamStream): void {
    this.stream = stream;
    stream.start(this);
    const head = new H1RequestHead();
    head.reset('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    parseRequestHead(head, head, DEFAULT_LIMITS);
    Object.assign(head, { path: '/', authority: 'a' });
    stream.sendHead(head);
    stream.sendEnd(undefined);
  }

  onConnectFailed(reason: string): void {
    this.#settle(reason);
  }
  onUpstreamError({ flag, safety }: UpstreamError): void {
    this.#settle(`${flag} ${safety}`);
  }
  onResponseEnd(): void {
    this.#settle('answered');
  }
  onInformational(): void {}
  onResponseHead(): void {}
  onResponseData(): boolean {
    return true;
  }
  onResponseFlush(): void {}
  onUpstreamDrain(): void {}
}

interface Origin extends AsyncDisposable {
  readonly port: number;
  readonly server: Http2Server;
  readonly sessions: ServerHttp2Session[];
}

async function startOrigin(isHeld = false, maxConcurrentStreams = 100): Promise<Origin> {
  const server = createServer({ settings: { maxConcurrentStreams } });
  const sessions: ServerHttp2Session[] = [];
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {});
    if (!isHeld) stream.respond({ ':status': 200 }, { endStream: true });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    server,
    sessions,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function poolOf(port: number, fallBack?: () => StreamPool | undefined): Http2Pool {
  const endpoint = { address: '127.0.0.1', port, weight: 1 };
  return new Http2Pool(endpoint, 'http2', createDialer(undefined), new Ticker(), 1_000, fallBack);
}

const outcomes = (calls: readonly Call[]): Promise<string[]> =>
  Promise.all(calls.map(({ outcome }) => outcome));

test('all who wait for the first connection are served by it', async () => {
  await using origin = await startOrigin();
  const pool = poolOf(origin.port);
  const calls = Array.from({ length: 50 }, () => new Call(pool));
  assert.deepEqual(new Set(await outcomes(calls)), new Set(['answered']));
  assert.deepEqual([pool.size, pool.idle, origin.sessions.length], [1, 1, 1]);
  pool.close();
});

test('where the endpoint takes few streams, others wait or get connections of their own', async () => {
  await using origin = await startOrigin(false, 3);
  const pool = poolOf(origin.port);
  const calls = Array.from({ length: 20 }, () => new Call(pool));
  assert.deepEqual(new Set(await outcomes(calls)), new Set(['answered']));
  assert.ok(pool.size > 1 && pool.size < 8, `${pool.size} connections`);
  pool.close();
});

test('an endpoint that takes no streams is not dialled again and again', async () => {
  await using origin = await startOrigin(false, 0);
  const pool = poolOf(origin.port);
  const call = new Call(pool);
  while (origin.sessions.length === 0) await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(origin.sessions.length, 1);
  pool.close();
  assert.equal(await call.outcome, 'endpoint_removed');
});

test('a request that is given up while it waits gets no stream', async () => {
  await using origin = await startOrigin();
  const pool = poolOf(origin.port);
  const given = new Call(pool);
  pool.cancel(given);
  assert.equal(await new Call(pool).outcome, 'answered');
  assert.equal(given.stream, undefined);
  pool.close();
});

test('a dial that fails is told to all who wait', async () => {
  let port: number;
  {
    await using origin = await startOrigin();
    port = origin.port;
  }
  const pool = poolOf(port);
  const calls = [new Call(pool), new Call(pool)];
  assert.deepEqual(await outcomes(calls), Array(2).fill('connection_refused'));
  assert.equal(pool.size, 0);
});

const NO_HTTP2: readonly Step[] = [
  expects('PRI * HTTP/2.0'),
  sends('HTTP/1.1 400 Bad Request\r\n\r\n'),
  expectsClose(),
];

test('an endpoint that ends before its settings is told of; one that knows no HTTP/2 too', async () => {
  for (const [script, reason] of [
    [[expects('PRI'), ({ socket }) => void socket.end()], 'closed_before_settings'],
    [NO_HTTP2, /^http2\./],
  ] satisfies [Step[] | readonly Step[], string | RegExp][]) {
    await using server = await startServer(script);
    const pool = poolOf(server.port);
    assert.match(await new Call(pool).outcome, new RegExp(reason));
    assert.equal(server.peers.length, 1);
    pool.close();
  }
});

test('those who wait for an endpoint that knows no HTTP/2 are served where the pool falls back to', async () => {
  const serves = [expects('\r\n\r\n'), sends('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')];
  await using server = await startServer(NO_HTTP2, serves);
  const endpoint = { address: '127.0.0.1', port: server.port, weight: 1 };
  const http1 = new Http1Pool(endpoint, createDialer(undefined), new Ticker(), 1_000);
  const pool = poolOf(server.port, () => http1);
  const calls = [new Call(pool), new Call(pool)];
  assert.deepEqual(await outcomes(calls), ['answered', 'answered']);
  assert.equal(calls[0]?.stream?.version, 'http1');
  http1.close();
  pool.close();
});

test('a connection that is to end takes no new requests; another is opened', async () => {
  await using origin = await startOrigin();
  const pool = poolOf(origin.port);
  await new Call(pool).outcome;
  origin.sessions[0]?.goaway();
  // It has no streams, and goes.
  while (pool.size > 0) await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 3; i++) assert.equal(await new Call(pool).outcome, 'answered');
  assert.equal(origin.sessions.length, 2);
  pool.close();
});

test('a connection without streams is closed after a minute', async () => {
  await using origin = await startOrigin();
  const pool = poolOf(origin.port);
  await new Call(pool).outcome;
  const [session] = origin.sessions;
  const closed = once(session as ServerHttp2Session, 'close');
  for (let tick = 1; tick <= 239; tick++) pool.onTick(tick);
  assert.equal(pool.size, 1);
  for (let tick = 240; tick <= 245; tick++) pool.onTick(tick);
  await closed;
});

test('a closed pool lets the requests that are under way end', async () => {
  await using origin = await startOrigin(true);
  const pool = poolOf(origin.port);
  const streams = once(origin.server, 'stream');
  const call = new Call(pool);
  const [stream] = await streams;
  pool.close();
  stream.respond({ ':status': 200 }, { endStream: true });
  assert.equal(await call.outcome, 'answered');
  while (pool.size > 0) await new Promise((resolve) => setImmediate(resolve));
});
