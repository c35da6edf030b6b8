// What becomes of a request when a connection fails, either side leaves or time runs out.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import {
  call,
  closes,
  connectPeer,
  does,
  ends,
  expects,
  expectsClose,
  expectsEnd,
  resets,
  type Step,
  sends,
  startServer,
} from '../testing/scripted-peer.ts';
import { type StaticProxy, startProxy } from '../testing/static-proxy.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Status, flag and details of the next line of the access log. */
async function outcome(proxy: StaticProxy): Promise<unknown[]> {
  const { response_code, response_flags, response_code_details } = await proxy.nextLogLine();
  return [response_code, response_flags, response_code_details];
}

async function deadPort(): Promise<number> {
  await using server = await startServer([]);
  return server.port;
}

/** Serves one request, waits for the next one's bytes, and fails it. */
const failsOnReuse = (...last: Step[]): Step[] => [
  expects('\r\n\r\n'),
  sends(OK),
  expects('\r\n\r\n'),
  ...last,
];

for (const [what, step] of [
  ['closes', ends()],
  ['resets', resets()],
] as const) {
  test(`an endpoint that ${what} an idle connection just as it is used again: GET is sent once more`, async () => {
    await using server = await startServer(failsOnReuse(step), [expects('GET'), sends(OK)]);
    await using proxy = await startProxy([server.port]);
    await call(proxy.port, [sends(GET), expects('\r\n\r\nok'), sends(GET), expects('\r\n\r\nok')]);
    assert.equal(server.peers.length, 2);
  });

  test(`an endpoint that ${what} an idle connection just as it is used again: POST is not sent again`, async () => {
    await using server = await startServer(failsOnReuse(step), [expects('POST'), sends(OK)]);
    await using proxy = await startProxy([server.port]);
    const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n';
    await call(proxy.port, [sends(GET), expects('ok'), sends(post), expects('503 '), expects('weft: UC')]);
    assert.equal(server.peers.length, 1);
  });
}

test('a PUT whose body was taken is not sent again', async () => {
  await using server = await startServer(failsOnReuse(closes()), [expects('PUT'), sends(OK)]);
  await using proxy = await startProxy([server.port]);
  const put = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi';
  await call(proxy.port, [sends(GET), expects('ok'), sends(put), expects('503 '), expects('weft: UC')]);
  assert.equal(server.peers.length, 1);
});

test('a GET that a new connection lost is not sent again: it may have been processed', async () => {
  await using server = await startServer([expects('GET'), closes()], [expects('GET'), sends(OK)]);
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [sends(GET), expects('503 '), expects('weft: UC')]);
  assert.equal(server.peers.length, 1);
});

test('a GET whose answer had begun is not sent again', async () => {
  await using server = await startServer(failsOnReuse(sends('HTTP/1.1 2'), does(tick), closes()));
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [sends(GET), expects('ok'), sends(GET), expects('503 '), expects('weft: UC')]);
  assert.equal(server.peers.length, 1);
});

test('a connection that the endpoint closed while it was idle is not used at all', async () => {
  await using server = await startServer(
    [expects('POST'), sends(OK), ends(), expectsEnd()],
    [expects('POST'), sends(OK)],
  );
  await using proxy = await startProxy([server.port]);
  const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi';
  await using client = await connectPeer(proxy.port);
  await client.peer.play([
    sends(post),
    expects('ok'),
    does(() => server.peers[0]?.until(() => server.peers[0]?.hasEnded === true, 'the end')),
    sends(post),
    expects('\r\n\r\nok'),
  ]);
});

test('an endpoint that refuses connections: another one is tried', async () => {
  await using server = await startServer(
    Array.from({ length: 8 }, () => [expects('\r\n\r\nhi'), sends(OK)]).flat(),
  );
  const dead = await deadPort();
  for (const ports of [
    [dead, server.port],
    [server.port, dead],
  ]) {
    await using proxy = await startProxy(ports);
    const post = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi';
    for (let i = 0; i < 4; i++)
      assert.match(await call(proxy.port, [sends(post), expectsEnd()]), /^HTTP\/1\.1 200 /);
  }
});

test('no endpoint that takes connections: 503 UF, saying why', async () => {
  await using proxy = await startProxy([await deadPort()]);
  await call(proxy.port, [sends(GET), expects('503 Service Unavailable'), expects('weft: UF')]);
  assert.deepEqual(await outcome(proxy), [
    503,
    'UF',
    'upstream_reset_before_response_started{connection_failure,connection_refused}',
  ]);
});

test('no endpoint at all: 503 UH', async () => {
  await using proxy = await startProxy([]);
  await call(proxy.port, [sends(GET), expects('503 Service Unavailable'), expects('weft: UH')]);
  assert.deepEqual(await outcome(proxy), [503, 'UH', 'no_healthy_upstream']);
});

// Not by FIN: whoever has sent its request and half-closes still wants its answer.
test('a client that resets while it waits: the endpoint learns of it', async () => {
  await using server = await startServer([expects('GET'), expectsClose()]);
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [sends(GET), does(() => receivedBy(server)), resets()]);
  await server.done();
  assert.deepEqual(await outcome(proxy), [0, 'DC', 'downstream_remote_disconnect']);
});

for (const [what, leave] of [
  ['closes', closes()],
  ['resets', resets()],
] as const) {
  test(`a client that ${what} in the middle of its answer: the endpoint learns of it`, async () => {
    await using server = await startServer([
      expects('GET'),
      sends('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'),
      does(sendsChunksUntilClosed),
    ]);
    await using proxy = await startProxy([server.port]);
    await call(proxy.port, [sends(GET), expects('hello'), leave]);
    await server.done();
    assert.deepEqual((await outcome(proxy)).slice(0, 2), [200, 'DC']);
  });

  test(`a client that ${what} in the middle of its request: the endpoint never sees it complete`, async () => {
    await using server = await startServer([expects('hello'), expectsClose()]);
    await using proxy = await startProxy([server.port]);
    const post = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n';
    await call(proxy.port, [sends(post), does(() => receivedBy(server)), leave]);
    await server.done();
    assert.doesNotMatch(server.peers[0]?.received ?? '', /\r\n0\r\n/);
    assert.equal(proxy.endpoints[0]?.active, 0);
  });
}

test('a large body that comes before there is a connection to the endpoint arrives whole', async () => {
  await using server = await startServer([expects(/x{10}\r\n0\r\n\r\n$/), sends(OK)]);
  await using proxy = await startProxy([await deadPort(), server.port]);
  const chunks = `a\r\n${'x'.repeat(10)}\r\n`.repeat(40_000);
  const post = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`;
  await call(proxy.port, [sends(post), expects('\r\n\r\nok')]);
  // One more in x-request-id.
  assert.equal(server.peers[0]?.received.match(/x/g)?.length, 400_001);
});

test('random bytes come back as they went, in pieces of every size, whichever side is slow', async () => {
  const bytes = randomBytes(3_000_000);
  // Node's own client and server: neither shares code with the proxy.
  const origin = createServer((request, response) => void request.pipe(response));
  await once(origin.listen(0, '127.0.0.1'), 'listening');
  try {
    await using proxy = await startProxy([(origin.address() as AddressInfo).port]);
    for (const headers of [{ 'content-length': bytes.length }, {}]) {
      const call = request({ port: proxy.port, host: '127.0.0.1', method: 'POST', agent: false, headers });
      const answered = once(call, 'response') as Promise<[IncomingMessage]>;
      const writing = async (): Promise<void> => {
        for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 3) % 100_003) {
          if (!call.write(bytes.subarray(at, at + size))) await once(call, 'drain');
        }
        call.end();
      };
      const written = writing();
      const echoed: Buffer[] = [];
      for await (const chunk of (await answered)[0]) {
        echoed.push(chunk as Buffer);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await written;
      assert.ok(Buffer.concat(echoed).equals(bytes));
    }
  } finally {
    origin.closeAllConnections();
    origin.close();
  }
});

test('a request that takes too long: 504 UT, and the endpoint learns of it', async () => {
  await using server = await startServer([expects('GET'), expectsClose()]);
  await using proxy = await startProxy([server.port], { timeouts: { requestMs: 60 } });
  await call(proxy.port, [sends(GET), expects('504 Gateway Timeout'), expects('weft: UT')]);
  assert.deepEqual(await outcome(proxy), [504, 'UT', 'request_timeout']);
  await server.done();
});

test('an attempt that takes too long: 504 UT', async () => {
  await using server = await startServer([expects('GET'), expectsClose()]);
  await using proxy = await startProxy([server.port], {
    timeouts: { requestMs: 5_000, backendRequestMs: 60 },
  });
  await call(proxy.port, [sends(GET), expects('504 Gateway Timeout'), expects('weft: UT')]);
  assert.deepEqual(await outcome(proxy), [504, 'UT', 'backend_request_timeout']);
  await server.done();
});

test('an answer that takes too long after it has begun is broken off', async () => {
  await using server = await startServer([
    expects('GET'),
    sends('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'),
    expectsClose(),
  ]);
  await using proxy = await startProxy([server.port], { timeouts: { requestMs: 60 } });
  await using client = await connectPeer(proxy.port);
  await client.peer.play([sends(GET), expects('hello'), expectsClose()]);
  assert.ok(client.peer.wasReset);
  assert.deepEqual(await outcome(proxy), [200, 'UT', 'request_timeout']);
  await server.done();
});

test('a request body that takes too long is answered with 504, and the connection ends', async () => {
  await using server = await startServer([expects('hello'), expectsClose()]);
  await using proxy = await startProxy([server.port], { timeouts: { requestMs: 60 } });
  const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nhello';
  await call(proxy.port, [sends(post), expects('504 Gateway Timeout'), expectsEnd()]);
  await server.done();
});

test('silence for longer than the idle timeout: 504 SI before the answer, a reset within it', async () => {
  await using server = await startServer(
    [expects('GET'), expectsClose()],
    [expects('GET'), sends('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'), expectsClose()],
  );
  await using proxy = await startProxy([server.port], { timeouts: { idleMs: 250 } });
  await call(proxy.port, [sends(GET), expects('504 Gateway Timeout'), expects('weft: SI')]);
  assert.deepEqual(await outcome(proxy), [504, 'SI', 'stream_idle_timeout']);
  await using client = await connectPeer(proxy.port);
  await client.peer.play([sends(GET), expects('hello'), expectsClose()]);
  assert.ok(client.peer.wasReset);
  assert.deepEqual(await outcome(proxy), [200, 'SI', 'stream_idle_timeout']);
  await server.done();
});

test('no endpoint stays busy after whatever end', async () => {
  await using server = await startServer([expects('GET'), resets()], [expects('GET'), sends(OK)]);
  await using proxy = await startProxy([server.port]);
  await call(proxy.port, [sends(GET), expects('503 '), expects('weft'), sends(GET), expects('\r\n\r\nok')]);
  assert.deepEqual(
    proxy.endpoints.map(({ active }) => active),
    [0],
  );
});

/** Resolves when the server's first connection has sent something. */
async function receivedBy(server: {
  readonly peers: readonly { readonly received: string }[];
}): Promise<void> {
  while ((server.peers[0]?.received ?? '') === '') await tick();
}

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

const sendsChunksUntilClosed: Step = async (peer) => {
  while (!peer.isClosed && !peer.hasEnded) {
    peer.socket.write('5\r\nhello\r\n');
    await tick();
  }
};
