// Runs the compiled client against servers of known behaviour; skipped where there is no C compiler.
import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { buildPace } from '../install/pace.ts';
import { paceCommand, parsePace } from './pace.ts';

const hasCompiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;
const BODY = 'x'.repeat(100_000);

describe('pace', { skip: hasCompiler ? false : 'needs cc and epoll' }, () => {
  let program: string;
  before(() => {
    program = buildPace();
  });

  test('a fixed rate sends what is due on kept connections and reports every answer', async (t) => {
    const { port, connections } = await serve(t, (_, response) => response.end(BODY));
    const result = await run(
      paceCommand(program, { kind: 'fixed-rate', connections: 4, rate: 200 }, port, '/', 1),
    );
    // 1 s and the warm-up of 0.2 s at 200/s.
    assert.equal(result.requests, 240);
    assert.equal(result.failed, 0);
    assert.ok(connections() <= 4, `${connections()} connections`);
    const { p50Us = 0, p99Us = 0 } = result;
    assert.ok(p50Us > 0 && p50Us <= p99Us, `p50 ${p50Us}, p99 ${p99Us}`);
  });

  test('latency counts from when a request was due, so a stall is charged to all that waited', async (t) => {
    let count = 0;
    const { port } = await serve(t, (_, response) => {
      // One answer in the middle takes 300 ms and holds the only connection: 60 others fall due meanwhile.
      setTimeout(() => response.end('x'), ++count === 100 ? 300 : 0);
    });
    const result = await run(
      paceCommand(program, { kind: 'fixed-rate', connections: 1, rate: 200 }, port, '/', 1),
    );
    assert.equal(result.failed, 0);
    // Counted from sending, only one in 200 would be slow and the 99th percentile would not show it.
    const { p99Us = 0 } = result;
    assert.ok(p99Us > 100_000, `p99 ${p99Us} µs`);
  });

  test('requests that fell due and could not be sent are reported, not forgotten', async (t) => {
    // The one connection never gets its first answer.
    const { port } = await serve(t, () => {});
    const load = { kind: 'fixed-rate', connections: 1, rate: 100 } as const;
    const result = await run(paceCommand(program, load, port, '/', 1));
    assert.equal(result.requests, 0);
    assert.equal(result.failed, 120);
  });

  test('an answer other than 200 has failed', async (t) => {
    const { port } = await serve(t, (_, response) => response.writeHead(503, { 'content-length': 0 }).end());
    const result = await run(
      paceCommand(program, { kind: 'fixed-rate', connections: 2, rate: 100 }, port, '/', 1),
    );
    assert.equal(result.requests, 0);
    assert.ok(result.failed >= 100, `${result.failed} failed`);
  });

  test('a port where nothing listens gives failures, not a hang', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const result = await run(paceCommand(program, { kind: 'new-connections', connections: 2 }, port, '/', 1));
    assert.equal(result.requests, 0);
    assert.ok(result.failed > 0);
  });

  test('new connections are made for each request', async (t) => {
    const { port, connections } = await serve(t, (_, response) => response.end(BODY));
    const result = await run(paceCommand(program, { kind: 'new-connections', connections: 2 }, port, '/', 1));
    assert.ok(result.requests > 2);
    assert.ok(connections() >= result.requests);
  });

  test('idle connections are held after one answer each, until the input ends', async (t) => {
    const { port, connections } = await serve(t, (_, response) => response.end('x'));
    const { file, args } = paceCommand(program, { kind: 'idle', connections: 50 }, port, '/', 1);
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = await once(child.stdout, 'data');
    assert.equal(parsePace(String(line)).requests, 50);
    assert.equal(connections(), 50);
    assert.equal(child.exitCode, null);
    child.stdin.end();
    await once(child, 'exit');
  });
});

async function run({ file, args }: ReturnType<typeof paceCommand>): Promise<ReturnType<typeof parsePace>> {
  return parsePace((await promisify(execFile)(file, args)).stdout);
}

/** A server on a free port that is closed after the test, and the connections it has had. */
async function serve(
  t: { after(close: () => void): void },
  listener: RequestListener,
): Promise<{ readonly port: number; connections(): number }> {
  let count = 0;
  const server: Server = createServer({ keepAliveTimeout: 60_000 }, listener);
  server.on('connection', () => count++);
  server.listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, connections: () => count };
}
