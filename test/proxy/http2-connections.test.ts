// HTTP/2 connections through a proxy: how requests are spread over them, and that none is lost where one ends.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type ServerHttp2Stream } from 'node:http2';
import { test } from 'node:test';
import {
  callHttp2,
  connectHttp2,
  type EitherOrigin,
  type EitherRequest,
  type EitherResponse,
  startEither,
} from './either-http.ts';
import { deadPort, listen } from './http.ts';
import { inboundConfig, outboundConfig, type Sidecar, startSidecar } from './sidecar.ts';

const RULES = [{ backends: [{ cluster: 'app' }] }];

function startBefore(ports: readonly number[], more: object = {}): Promise<Sidecar> {
  const { clusters, ...config } = outboundConfig(RULES, { app: ports });
  return startSidecar({
    ...config,
    clusters: (clusters as object[]).map((one) => ({ ...one, protocol: 'http2', ...more })),
  });
}

function answerName(name: string) {
  return (request: EitherRequest, response: EitherResponse): void => {
    request.resume();
    request.on('end', () => response.end(name));
  };
}

test('requests of one connection are spread over all endpoints', async () => {
  await using a = await startEither('http2', answerName('a'));
  await using b = await startEither('http2', answerName('b'));
  await using c = await startEither('http2', answerName('c'));
  await using sidecar = await startBefore([a.port, b.port, c.port], { balancer: 'round-robin' });
  await using client = await connectHttp2(sidecar.port('out'));
  const names: string[] = [];
  for (let i = 0; i < 30; i++) names.push((await client.call()).body.toString());
  for (const name of ['a', 'b', 'c']) assert.equal(names.filter((one) => one === name).length, 10);
  assert.deepEqual([a.connections, b.connections, c.connections], [1, 1, 1]);
});

test('many requests at once share a connection; more than it takes open another, or wait', async () => {
  const waiting: EitherResponse[] = [];
  const arrived = Promise.withResolvers<void>();
  await using origin = await startEither(
    'http2',
    (_request, response) => {
      waiting.push(response);
      if (waiting.length === 60) arrived.resolve();
    },
    { settings: { maxConcurrentStreams: 25 } },
  );
  await using sidecar = await startBefore([origin.port]);
  await using client = await connectHttp2(sidecar.port('out'));
  const answers = Array.from({ length: 60 }, () => client.call());
  await arrived.promise;
  assert.equal(origin.connections, 3);
  assert.ok([...origin.sessions].every(({ state }) => state !== undefined));
  for (const response of waiting) response.end('ok');
  for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
});

/** Answers what it processes, and remembers how often it did. */
function counting(
  processed: Map<string, number>,
): (request: EitherRequest, response: EitherResponse) => void {
  return (request, response) => {
    const id = String(request.headers['x-id']);
    processed.set(id, (processed.get(id) ?? 0) + 1);
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    // Some take a while, so that there are always some under way.
    request.on('end', () => setTimeout(() => response.end(`${id}:${body}`), Number(id) % 5));
  };
}

/** Calls without pause, so many at a time. */
async function load(
  port: number,
  total: number,
  atATime: number,
  processed: Map<string, number>,
): Promise<void> {
  await using client = await connectHttp2(port);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < total) {
      const id = String(next++);
      const body = next % 2 === 0 ? { method: 'POST', body: ['body of ', id] } : {};
      const answer = await client.call({ headers: { 'x-id': id }, ...body });
      assert.equal(answer.status, 200, answer.body.toString());
      assert.equal(answer.body.toString(), `${id}:${'body' in body ? `body of ${id}` : ''}`);
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  assert.equal(processed.size, total);
  assert.ok(
    [...processed.values()].every((times) => times === 1),
    'none twice',
  );
}

test('an endpoint that ends its connections under load, in good order: no request is lost or sent twice', async () => {
  const processed = new Map<string, number>();
  await using origin = await startEither('http2', counting(processed));
  await using sidecar = await startBefore([origin.port]);
  // Each with many requests under way, and rarely enough that none meets three ends.
  let last = 0;
  const ending = setInterval(() => {
    if (processed.size - last < 150) return;
    last = processed.size;
    for (const session of origin.sessions) session.close();
  }, 1);
  try {
    await load(sidecar.port('out'), 2_000, 20, processed);
  } finally {
    clearInterval(ending);
  }
  assert.ok(origin.connections > 8, `${origin.connections} connections`);
});

/** A server that does nothing of so many streams, by REFUSED_STREAM, then serves. */
async function startRefusing(
  times: number,
): Promise<AsyncDisposable & { readonly port: number; refused: number }> {
  const server = createServer();
  const refusing = { port: await listen(server), refused: 0 };
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {});
    if (refusing.refused < times) {
      refusing.refused++;
      stream.close(7);
      return;
    }
    let body = '';
    stream.on('data', (chunk) => {
      body += chunk;
    });
    stream.on('end', () => {
      stream.respond({ ':status': 200 });
      stream.end(`${headers[':method']} ${body}`);
    });
  });
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  return Object.assign(refusing, {
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

for (const method of ['GET', 'POST', 'PATCH']) {
  test(`${method} that an endpoint has refused is sent again, with its body`, async () => {
    await using origin = await startRefusing(2);
    await using sidecar = await startBefore([origin.port]);
    await using client = await connectHttp2(sidecar.port('out'));
    const body = method === 'GET' ? {} : { body: ['some ', 'body'] };
    const answer = await client.call({ method, ...body });
    assert.equal(answer.status, 200, answer.body.toString());
    assert.equal(answer.body.toString(), method === 'GET' ? 'GET ' : `${method} some body`);
    assert.equal(origin.refused, 2);
  });
}

test('an endpoint that refuses again and again: three attempts, then 503', async () => {
  await using origin = await startRefusing(100);
  await using sidecar = await startBefore([origin.port]);
  await using client = await connectHttp2(sidecar.port('out'));
  const { status, headers } = await client.call({ method: 'POST', body: ['x'] });
  assert.deepEqual([status, headers['x-weft-response-flags']], [503, 'UR']);
  assert.equal(origin.refused, 3);
});

test('a refused request goes to another endpoint', async () => {
  await using refusing = await startRefusing(100);
  await using origin = await startEither('http2', answerName('other'));
  await using sidecar = await startBefore([refusing.port, origin.port], { balancer: 'round-robin' });
  await using client = await connectHttp2(sidecar.port('out'));
  for (let i = 0; i < 6; i++) assert.equal((await client.call({ method: 'POST', body: ['x'] })).status, 200);
  assert.ok(refusing.refused > 0);
});

test('a request that may have been processed is not sent again', async () => {
  let seen = 0;
  await using origin = await startEither('http2', (request) => {
    seen++;
    request.on('error', () => {});
    (request as unknown as { stream: ServerHttp2Stream }).stream.close(2);
  });
  await using sidecar = await startBefore([origin.port]);
  await using client = await connectHttp2(sidecar.port('out'));
  const { status, headers } = await client.call();
  assert.deepEqual([status, headers['x-weft-response-flags'], seen], [503, 'UR', 1]);
});

test('a long body that was refused late is not sent again: 503', async () => {
  const server = createServer();
  let streams = 0;
  const port = await listen(server);
  server.on('stream', (stream: ServerHttp2Stream) => {
    streams++;
    stream.on('error', () => {});
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > 200_000) stream.close(7);
    });
  });
  await using sidecar = await startBefore([port]);
  await using client = await connectHttp2(sidecar.port('out'));
  const { status } = await client.call({ method: 'POST', body: [Buffer.alloc(300_000)] });
  assert.deepEqual([status, streams], [503, 1]);
  server.close();
});

test('no endpoint that can be reached: 503 UF, after others were tried', async () => {
  await using origin = await startEither('http2', answerName('ok'));
  await using sidecar = await startBefore([await deadPort(), origin.port], { balancer: 'round-robin' });
  await using client = await connectHttp2(sidecar.port('out'));
  for (let i = 0; i < 4; i++) assert.equal((await client.call()).status, 200);
  await using none = await startBefore([await deadPort()]);
  await using other = await connectHttp2(none.port('out'));
  const { status, headers } = await other.call();
  assert.deepEqual([status, headers['x-weft-response-flags']], [503, 'UF']);
});

for (const [what, timeouts, flag] of [
  ['takes longer than the route allows', { requestMs: 200 }, 'UT'],
  ['is silent for longer than the route allows', { idleMs: 500 }, 'SI'],
] as const) {
  test(`a request that ${what}: 504 ${flag}, and its stream to the endpoint is reset`, async () => {
    const reset = Promise.withResolvers<number | undefined>();
    await using origin = await startEither('http2', (request) => {
      const { stream } = request as unknown as { readonly stream: ServerHttp2Stream };
      stream.on('error', () => {});
      stream.on('close', () => reset.resolve(stream.rstCode));
    });
    const rules = [{ backends: [{ cluster: 'app' }], timeouts }];
    await using sidecar = await startSidecar(outboundConfig(rules, { app: origin.port }));
    await using client = await connectHttp2(sidecar.port('out'));
    const { status, headers } = await client.call();
    assert.deepEqual([status, headers['x-weft-response-flags']], [504, flag]);
    assert.equal(await reset.promise, 8, 'CANCEL');
  });
}

test('a proxy that is drained under load tells its clients, and loses no request', async () => {
  const processed = new Map<string, number>();
  await using origin = await startEither('http2', counting(processed));
  await using sidecar = await startSidecar(inboundConfig(origin.port, { protocol: 'http2' }));
  const session = connect(`http://127.0.0.1:${sidecar.port('in')}`);
  session.on('error', () => {});
  const goaway = once(session, 'goaway');
  let drained: Promise<unknown> | undefined;
  const answers: Promise<unknown>[] = [];
  const notSent: string[] = [];
  for (let id = 0; !session.closed && !session.destroyed; id++) {
    answers.push(
      callHttp2(session, { method: 'POST', headers: { 'x-id': String(id) }, body: ['x'] }).then(
        ({ status, body }) => assert.deepEqual([status, body.toString()], [200, `${id}:x`]),
        ({ message }) => {
          // The client itself had it not sent yet when it was told to stop.
          assert.equal(message, 'reset with code 7');
          notSent.push(String(id));
        },
      ),
    );
    if (id === 50) drained = sidecar.running.drain();
    await new Promise((resolve) => setImmediate(resolve));
    while (answers.length - processed.size > 40) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(answers);
  await drained;
  const [code] = await goaway;
  assert.equal(code, 0);
  assert.ok(answers.length > 50);
  assert.ok(notSent.length < 5 && notSent.every((id) => !processed.has(id)), notSent.join());
});

test('a connection that is idle when its proxy is drained is told, and closed', async () => {
  await using origin: EitherOrigin = await startEither('http2', answerName('ok'));
  await using sidecar = await startSidecar(inboundConfig(origin.port, { protocol: 'http2' }));
  await using client = await connectHttp2(sidecar.port('in'));
  await client.call();
  const closed = once(client.session, 'close');
  await sidecar.running.drain();
  await closed;
});
