import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../codec/h1/limits.ts';
import { H1RequestHead } from '../codec/h1/message.ts';
import { parseRequestHead } from '../codec/h1/parse-head.ts';
import type { UpstreamError, UpstreamOwner, UpstreamStream } from '../stack/http.ts';
import { expects, expectsEnd, type Step, sends, startServer } from '../testing/scripted-peer.ts';
import { createDialer, type Dialer } from '../transport/dialer.ts';
import { Ticker } from '../transport/ticker.ts';
import { Http1Pool } from './http1-pool.ts';
import type { StreamTaker } from './stream-pool.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const SERVES_ONE: readonly Step[] = [expects('\r\n\r\n'), sends(OK), expectsEnd()];

/** A request that is sent as soon as there is a connection. */
class Call implements StreamTaker, UpstreamOwner {
  readonly outcome: Promise<string>;
  stream: UpstreamStream | undefined;
  #settle: (outcome: string) => void;
  /** Sends its request when told to, rather than at once. */
  readonly isHeld: boolean;

  constructor(pool: Http1Pool, isHeld = false) {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.outcome = promise;
    this.#settle = resolve;
    this.isHeld = isHeld;
    pool.acquire(this);
  }

  onStream(stream: UpstreamStream): void {
    this.stream = stream;
    stream.start(this);
    if (this.isHeld) this.#settle('connected');
    else this.send();
  }

  send(): void {
    const head = new H1RequestHead();
    head.reset('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    parseRequestHead(head, head, DEFAULT_LIMITS);
    Object.assign(head, { path: '/' });
    this.stream?.sendHead(head);
    this.stream?.sendEnd(undefined);
  }

  onConnectFailed(reason: string): void {
    this.#settle(reason);
  }
  onUpstreamError({ flag }: UpstreamError): void {
    this.#settle(flag);
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

function poolOf(port: number, dial = createDialer(undefined)): Http1Pool {
  return new Http1Pool({ address: '127.0.0.1', port, weight: 1 }, dial, new Ticker(), 1_000);
}

async function deadPort(): Promise<number> {
  await using server = await startServer([]);
  return server.port;
}

test('a connection that comes free serves whoever waits, newest first when nobody does', async () => {
  await using server = await startServer([...SERVES_ONE.slice(0, 2), ...SERVES_ONE]);
  const pool = poolOf(server.port);
  const [first, second] = [new Call(pool), new Call(pool)];
  assert.deepEqual(await Promise.all([first.outcome, second.outcome]), ['answered', 'answered']);
  assert.deepEqual([pool.size, pool.idle], [2, 2]);
  const third = new Call(pool, true);
  await third.outcome;
  assert.equal(third.stream, second.stream);
  pool.close();
});

test('a request that is given up while it waits leaves its connection to the next', async () => {
  await using server = await startServer(SERVES_ONE);
  const pool = poolOf(server.port);
  const given = new Call(pool);
  pool.cancel(given);
  assert.equal(await new Call(pool).outcome, 'answered');
  assert.equal(given.stream, undefined);
  assert.equal(server.peers.length, 1);
  pool.close();
});

test('a dial that fails is told to one who waits', async () => {
  const pool = poolOf(await deadPort());
  const calls = [new Call(pool), new Call(pool)];
  assert.deepEqual(
    await Promise.all(calls.map(({ outcome }) => outcome)),
    Array(2).fill('connection_refused'),
  );
  assert.equal(pool.size, 0);
});

test('a dial that fails is told to nobody while other dials are enough for those who wait', async () => {
  await using server = await startServer(SERVES_ONE);
  const ports = [await deadPort(), server.port];
  const dial = createDialer(undefined);
  const pool = poolOf(0, (endpoint, ...rest) =>
    dial({ ...endpoint, port: ports.shift() as number }, ...rest),
  );
  const given = new Call(pool);
  const waits = new Call(pool);
  pool.cancel(given);
  assert.equal(await waits.outcome, 'answered');
  pool.close();
});

test('a connection on which more came than the answer is not given to one who waits', async () => {
  await using server = await startServer([
    expects('\r\n\r\n'),
    sends(`${OK}HTTP/1.1 200 OK\r\n\r\nevil`),
    expectsEnd(),
  ]);
  const dials = [createDialer(undefined), (): (() => void) => () => {}];
  const pool = poolOf(server.port, (...all) => (dials.shift() as Dialer)(...all));
  const first = new Call(pool, true);
  await first.outcome;
  const waits = new Call(pool);
  first.send();
  await server.done();
  assert.equal(waits.stream, undefined);
  pool.close();
});

test('an idle connection is closed a second before the server would do it', async () => {
  await using server = await startServer([
    expects('\r\n\r\n'),
    sends('HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=1\r\nContent-Length: 2\r\n\r\nok'),
    expectsEnd(),
  ]);
  const pool = poolOf(server.port);
  assert.equal(await new Call(pool).outcome, 'answered');
  assert.equal(pool.idle, 1);
  await server.done();
  while (pool.size > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(pool.idle, 0);
});

test('a closed pool lets the request that is under way end, and ends all connections', async () => {
  await using server = await startServer(SERVES_ONE);
  const pool = poolOf(server.port);
  const idle = new Call(pool, true);
  await idle.outcome;
  const waiting = new Call(pool);
  pool.close();
  assert.equal(await waiting.outcome, 'endpoint_removed');
  idle.send();
  await server.done();
});
