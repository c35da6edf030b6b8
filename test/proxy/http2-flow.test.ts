// Bodies over HTTP/2: large ones arrive whole, slow readers cost little memory and hold up nobody else, and whoever
// breaks off is noticed at the other end.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as http1Request } from 'node:http';
import type { ClientHttp2Stream } from 'node:http2';
import type { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { type ProxyProcess, startProxyProcess } from '@weft/proxy/testing/proxy-process';
import {
  connectEither,
  connectHttp2,
  type EitherOrigin,
  type EitherRequest,
  type EitherResponse,
  startEither,
  type Version,
} from './either-http.ts';
import { outboundConfig, type Sidecar, startSidecar } from './sidecar.ts';

const WAYS: readonly (readonly [client: Version, origin: Version])[] = [
  ['http1', 'http2'],
  ['http2', 'http1'],
  ['http2', 'http2'],
];
/** Of one flow; what is copied and not yet collected counts too. */
const LIMIT_MIB = 64;
const MIB = 1024 * 1024;

function startBefore(origin: EitherOrigin, version: Version): Promise<Sidecar> {
  const { clusters, ...config } = outboundConfig([{ backends: [{ cluster: 'app' }] }], { app: origin.port });
  const protocol = version === 'http2' ? 'http2' : 'http';
  return startSidecar({ ...config, clusters: (clusters as object[]).map((one) => ({ ...one, protocol })) });
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

for (const [from, to] of WAYS) {
  test(`many megabytes each way at once, in pieces of every size: ${from} to ${to}`, async () => {
    const sent = randomBytes(24 * MIB);
    await using origin = await startEither(to, (request, response) => {
      (request as Readable).pipe(response);
    });
    await using sidecar = await startBefore(origin, to);
    await using client = await connectEither(from, sidecar.port('out'));
    const parts: Buffer[] = [];
    for (let at = 0, size = 1; at < sent.length; size = (size * 7 + 11) % 400_000) {
      parts.push(sent.subarray(at, at + size));
      at += size;
    }
    const { body } = await client.call({ method: 'POST', body: parts });
    assert.equal(hashOf(body), hashOf(sent));
  });
}

/** Writes as fast as it is taken, until it is gone. Answers what was taken. */
function flood(to: Writable): { bytes: number } {
  const block = Buffer.alloc(256 * 1024, 'x');
  const flow = { bytes: 0 };
  const write = (): void => {
    while (!to.destroyed && flow.bytes < 1024 * MIB) {
      flow.bytes += block.length;
      if (!to.write(block)) return;
    }
  };
  to.on('drain', write);
  write();
  return flow;
}

/** By how much the proxy grows at most until this is through. */
async function growth(proxy: ProxyProcess, during: Promise<unknown>): Promise<number> {
  const before = proxy.residentMiB();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, proxy.residentMiB());
  }, 20);
  await during.finally(() => clearInterval(timer));
  return most - before;
}

const passes = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Reads a little now and then, then nothing at all. */
async function readsSlowly(from: Readable): Promise<void> {
  for (let i = 0; i < 20; i++) {
    from.resume();
    await passes(10);
    from.pause();
    await passes(20);
  }
  await passes(800);
}

/** A request whose answer or body is handled by the test. */
async function openCall(
  version: Version,
  port: number,
  method: string,
): Promise<{ out: Writable; in: Promise<Readable> }> {
  if (version === 'http1') {
    const out = http1Request({ host: '127.0.0.1', port, method, agent: false });
    out.on('error', () => {});
    return { out, in: once(out, 'response').then(([response]) => response.on('error', () => {})) };
  }
  const { session } = await connectHttp2(port);
  session.unref();
  const stream: ClientHttp2Stream = session.request(
    { ':method': method, ':path': '/' },
    { endStream: false },
  );
  stream.on('error', () => {});
  return { out: stream, in: once(stream, 'response').then(() => stream) };
}

async function warmUp(proxy: ProxyProcess, version: Version): Promise<void> {
  await using client = await connectEither(version, proxy.port);
  for (let i = 0; i < 100; i++) await client.call({ method: 'PUT', body: ['x'] });
}

for (const [from, to] of WAYS) {
  test(`an answer without end to a client that reads slowly and then stops: ${from} to ${to}`, async () => {
    let flow = { bytes: 0 };
    await using origin = await startEither(to, (request, response) => {
      request.on('error', () => {});
      response.on('error', () => {});
      if (request.method !== 'GET') return void response.end('ok');
      flow = flood(response);
    });
    await using proxy = await startProxyProcess([origin.port], {
      clusterProtocol: to === 'http2' ? 'http2' : 'http',
    });
    await warmUp(proxy, from);
    const call = await openCall(from, proxy.port, 'GET');
    call.out.end();
    const answer = await call.in;
    const grown = await growth(proxy, readsSlowly(answer));
    assert.ok(grown < LIMIT_MIB, `${grown} MiB`);
    assert.ok(flow.bytes > MIB && flow.bytes < 512 * MIB, `${flow.bytes} bytes were taken`);
    call.out.destroy();
  });

  test(`a request without end to an endpoint that reads slowly and then stops: ${from} to ${to}`, async () => {
    const reading = Promise.withResolvers<void>();
    await using origin = await startEither(to, (request, response) => {
      request.on('error', () => {});
      response.on('error', () => {});
      if (request.method === 'PUT') return void response.end('ok');
      void readsSlowly(request as Readable).then(reading.resolve);
    });
    await using proxy = await startProxyProcess([origin.port], {
      clusterProtocol: to === 'http2' ? 'http2' : 'http',
    });
    await warmUp(proxy, from);
    const call = await openCall(from, proxy.port, 'POST');
    call.in.catch(() => {});
    const flow = flood(call.out);
    const grown = await growth(proxy, reading.promise);
    assert.ok(grown < LIMIT_MIB, `${grown} MiB`);
    assert.ok(flow.bytes > MIB && flow.bytes < 512 * MIB, `${flow.bytes} bytes were taken`);
    call.out.destroy();
  });
}

test('a stream that nobody reads holds up no other of its connection', async () => {
  await using origin = await startEither('http2', (request, response) => {
    response.on('error', () => {});
    if (request.url === '/flood') flood(response);
    else response.end('ok');
  });
  await using sidecar = await startBefore(origin, 'http2');
  await using client = await connectHttp2(sidecar.port('out'));
  const stalled = client.session.request({ ':path': '/flood' });
  stalled.on('error', () => {});
  await once(stalled, 'response');
  stalled.pause();
  await passes(100);
  for (let i = 0; i < 50; i++) assert.equal((await client.call()).body.toString(), 'ok');
  stalled.close();
});

for (const [from, to] of WAYS) {
  test(`a client that breaks off within the answer: the endpoint learns of it: ${from} to ${to}`, async () => {
    const broken = Promise.withResolvers<void>();
    await using origin = await startEither(to, (request: EitherRequest, response: EitherResponse) => {
      request.on('error', () => {});
      response.on('error', () => {});
      // A client of HTTP/1.1 that is gone shows when it is written to.
      const writing = setInterval(() => response.write('hello'), 5);
      response.on('close', () => {
        clearInterval(writing);
        broken.resolve();
      });
    });
    await using sidecar = await startBefore(origin, to);
    const call = await openCall(from, sidecar.port('out'), 'GET');
    call.out.end();
    await once(await call.in, 'data');
    call.out.destroy();
    await broken.promise;
    const line = await sidecar.nextLine();
    assert.deepEqual([line['response_code'], line['response_flags']], [200, 'DC']);
  });

  test(`an endpoint that breaks off within its answer: the client learns of it: ${from} to ${to}`, async () => {
    await using origin = await startEither(to, (request, response) => {
      request.on('error', () => {});
      response.write('hello');
      setTimeout(() => {
        if ('stream' in request) request.stream.close(2);
        else request.socket.destroy();
      }, 50);
    });
    await using sidecar = await startBefore(origin, to);
    const call = await openCall(from, sidecar.port('out'), 'GET');
    call.out.end();
    const answer = await call.in;
    let isWhole = false;
    answer.on('end', () => {
      isWhole = (answer as Readable & { rstCode?: number }).rstCode === 0;
    });
    answer.resume();
    await new Promise<void>((resolve) => answer.once('close', () => resolve()));
    assert.ok(!isWhole && !('complete' in answer && answer.complete === true), 'not taken for complete');
    assert.match(String((await sidecar.nextLine())['response_flags']), /^U[CR]$/);
  });
}
