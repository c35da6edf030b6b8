import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { Log } from '@weft/common/logger/logger';
import { Drain, type DrainTimes } from './drain.ts';
import { Listener } from './listener/listener.ts';
import { Side } from './listener/side.ts';

const QUIET = new Log({ output: { write: () => {} } }).component('test');

/** A side whose connections answer each chunk with it, and end after the next answer once they are told. */
class EchoSide extends Side {
  readonly port: number;
  told = 0;

  static async open(): Promise<EchoSide> {
    let side: EchoSide | undefined;
    const listener = new Listener(
      { name: 'test', address: '127.0.0.1', port: 0, inbound: 1 },
      {
        accept: (socket) => side?.serve(socket),
      },
    );
    await listener.open();
    side = new EchoSide(listener);
    return side;
  }

  private constructor(listener: Listener) {
    super();
    this.add(listener);
    this.port = listener.port;
  }

  serve(socket: Socket): void {
    let isLast = false;
    const connection = {
      drain: () => {
        this.told++;
        isLast = true;
      },
    };
    this.track(connection);
    socket.on('close', () => this.untrack(connection));
    socket.on('end', () => socket.end());
    socket.on('data', (chunk) => (isLast ? socket.end(chunk) : socket.write(chunk)));
    socket.resume();
  }
}

async function withDrain(
  times: DrainTimes,
  run: (drain: Drain, inbound: EchoSide, outbound: EchoSide) => Promise<void>,
): Promise<void> {
  await using inbound = await EchoSide.open();
  await using outbound = await EchoSide.open();
  await run(new Drain({ inbound, outbound }, times, QUIET), inbound, outbound);
}

async function ask(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write('hello');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return String(answer);
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write('first');
  await once(socket, 'data');
  return socket;
}

const HOURS = 10_000_000;

test('until the endpoint is known to be withdrawn everything is served as before', () =>
  withDrain({ graceMs: HOURS, limitMs: HOURS }, async (drain, inbound, outbound) => {
    const kept = await open(inbound.port);
    const ended = drain.end();
    assert.equal(drain.phase, 'withdrawing');
    assert.equal(await ask(inbound.port), 'hello');
    assert.equal(await ask(outbound.port), 'hello');
    assert.equal(inbound.told, 0);

    drain.withdrawn();
    await new Promise(setImmediate);
    assert.equal(drain.phase, 'draining');
    assert.equal(inbound.told, 1);
    await assert.rejects(ask(inbound.port), { code: 'ECONNREFUSED' });
    assert.equal(await ask(outbound.port), 'hello', 'the application may still have to call somebody');
    kept.write('last');
    await Promise.all([once(kept, 'close'), ended]);
    await assert.rejects(ask(outbound.port), { code: 'ECONNREFUSED' });
  }));

test('without a word the grace is waited for', () =>
  withDrain({ graceMs: 50, limitMs: HOURS }, async (drain, inbound) => {
    const kept = await open(inbound.port);
    drain.begin();
    while (drain.phase !== 'draining') await new Promise(setImmediate);
    kept.write('last');
    await once(kept, 'close');
  }));

test('a way out that is still used stays open, and closes when the application has been quiet', () =>
  withDrain({ graceMs: 1, limitMs: HOURS }, async (drain, _inbound, outbound) => {
    const busy = await open(outbound.port);
    let isOver = false;
    const ended = drain.end().then(() => (isOver = true));
    while (outbound.told === 0) await new Promise(setImmediate);
    assert.equal(await ask(outbound.port), 'hello');
    assert.equal(isOver, false);
    busy.write('last');
    await Promise.all([once(busy, 'close'), ended]);
  }));

test('what is not over at the limit is cut, on both sides and also within the grace', () =>
  withDrain({ graceMs: HOURS, limitMs: 50 }, async (drain, inbound, outbound) => {
    const sockets = [await open(inbound.port), await open(outbound.port)];
    for (const socket of sockets) socket.on('error', () => {});
    await Promise.all([drain.end(), ...sockets.map((socket) => once(socket, 'close'))]);
  }));

test('a proxy of which nothing is left to wait for ends at once, and ending twice is one end', () =>
  withDrain({ graceMs: 0, limitMs: HOURS }, async (drain) => {
    assert.equal(drain.end(), drain.end());
    await drain.end();
  }));
