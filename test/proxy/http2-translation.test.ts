// Requests and answers between HTTP/1.1 and HTTP/2, every way: what arrives is what was sent, whatever carried it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectRaw } from 'node:net';
import { test } from 'node:test';
import {
  connectEither,
  type EitherAnswer,
  type EitherCall,
  type EitherOrigin,
  type EitherRequest,
  type EitherResponse,
  startEither,
  type Version,
} from './either-http.ts';
import { exchangeText } from './http.ts';
import { outboundConfig, type Sidecar, startSidecar } from './sidecar.ts';

const WAYS: readonly (readonly [client: Version, origin: Version])[] = [
  ['http1', 'http1'],
  ['http1', 'http2'],
  ['http2', 'http1'],
  ['http2', 'http2'],
];

/** A sidecar before this origin. An endpoint that knows HTTP/1.1 alone is not declared: that is found out. */
async function startBefore(origin: EitherOrigin, version: Version, port = 'http2'): Promise<Sidecar> {
  const rules = [{ backends: [{ cluster: 'app' }] }];
  const { clusters, ...config } = outboundConfig(rules, { app: origin.port });
  const protocol = version === 'http2' ? port : 'http';
  return startSidecar({
    ...config,
    clusters: (clusters as object[]).map((cluster) => ({ ...cluster, protocol })),
  });
}

/** What the origin got, which it answers as JSON. */
interface Got {
  readonly version: string;
  readonly method: string;
  readonly url: string;
  readonly authority: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly trailers: Readonly<Record<string, string>>;
}

function echo(request: EitherRequest, response: EitherResponse): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { httpVersion: version, method, url, headers, trailers } = request;
    const authority = headers[':authority'] ?? headers.host;
    const body = Buffer.concat(chunks).toString('latin1');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ version, method, url, authority, headers, body, trailers }));
  });
}

/** One call by each of these ways; `check` is told which. */
async function everyWay(
  answer: (request: EitherRequest, response: EitherResponse) => void,
  options: EitherCall,
  check: (answer: EitherAnswer, way: string, client: Version, origin: Version) => void,
): Promise<void> {
  for (const [from, to] of WAYS) {
    await using origin = await startEither(to, answer);
    await using sidecar = await startBefore(origin, to);
    await using client = await connectEither(from, sidecar.port('out'));
    const way = `${from} to ${to}`;
    check(
      await client.call(options).catch((error: Error) => assert.fail(`${way}: ${error.message}`)),
      way,
      from,
      to,
    );
  }
}

const got = ({ status, body }: EitherAnswer, way: string): Got => {
  assert.equal(status, 200, `${way}: ${body.toString()}`);
  return JSON.parse(body.toString()) as Got;
};

test('a request without a body: method, path, query, host and headers', async () => {
  const options = {
    path: '/a%20b;c/?x=1&y=%2f',
    headers: { host: 'shop.example:81', 'x-list': ['1', '2'], 'x-latin': 'a\xe4', accept: '*/*' },
  };
  await everyWay(echo, options, (answer, way, _from, to) => {
    const { version, method, url, authority, headers, body } = got(answer, way);
    assert.equal(version, to === 'http1' ? '1.1' : '2.0', way);
    assert.deepEqual(
      [method, url, authority, body],
      ['GET', '/a%20b;c/?x=1&y=%2f', 'shop.example:81', ''],
      way,
    );
    assert.equal(headers['x-list'], '1, 2', way);
    assert.equal(headers['x-latin'], 'a\xe4', way);
    assert.equal(headers['content-length'] ?? headers['transfer-encoding'], undefined, way);
    assert.equal(headers['host' as string] === undefined || to === 'http1', true, way);
  });
});

for (const [what, headers] of [
  ['of a length', { 'content-length': '10' }],
  ['of no length, with trailers', {}],
] as const) {
  test(`a request body ${what}`, async () => {
    const trailers = what.includes('trailers') ? { 'x-sum': '7' } : undefined;
    const options = { method: 'PUT', headers, body: ['hello', 'world'], ...(trailers && { trailers }) };
    await everyWay(echo, options, (answer, way) => {
      const { method, body, headers: received, trailers: last } = got(answer, way);
      assert.deepEqual([method, body], ['PUT', 'helloworld'], way);
      assert.equal(received['content-length'], what === 'of a length' ? '10' : undefined, way);
      assert.equal(last['x-sum'], trailers?.['x-sum'], way);
    });
  });
}

test('a POST that is empty has a length for HTTP/1.1', async () => {
  await everyWay(echo, { method: 'POST', headers: { 'content-length': '0' } }, (answer, way) => {
    assert.equal(got(answer, way).headers['content-length'], '0', way);
  });
  await using origin = await startEither('http1', echo);
  await using sidecar = await startBefore(origin, 'http1');
  await using client = await connectEither('http2', sidecar.port('out'));
  const { headers } = got(await client.call({ method: 'POST' }), 'no length');
  assert.deepEqual([headers['content-length'], headers['transfer-encoding']], ['0', undefined]);
});

test('crumbs of a cookie are one line for HTTP/1.1, and cookies that are set stay several', async () => {
  const answer = (request: EitherRequest, response: EitherResponse): void => {
    response.setHeader('set-cookie', ['a=1; path=/', 'b=2']);
    response.setHeader('x-cookie', request.headers.cookie ?? '');
    response.end();
  };
  await everyWay(answer, { headers: { cookie: 'a=b; c=d' } }, ({ headers }, way) => {
    assert.equal(headers['x-cookie'], 'a=b; c=d', way);
    assert.deepEqual(headers['set-cookie'], ['a=1; path=/', 'b=2'], way);
  });
});

test('TE says trailers to the endpoint, and nothing else', async () => {
  await everyWay(echo, { headers: { te: 'trailers' } }, (answer, way) => {
    assert.equal(got(answer, way).headers['te'], 'trailers', way);
  });
});

test('what ends at a hop ends here', async () => {
  const raw =
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, x-gone\r\nKeep-Alive: timeout=5\r\nX-Gone: 1\r\n\r\n';
  await using origin = await startEither('http2', echo);
  await using sidecar = await startBefore(origin, 'http2');
  const text = await exchangeText(sidecar.port('out'), raw);
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
  assert.doesNotMatch(text, /x-gone|keep-alive|timeout=5/i);
});

test('1xx answers come before the final one', async () => {
  const answer = (_request: EitherRequest, response: EitherResponse): void => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' });
    response.end('ok');
  };
  await everyWay(answer, {}, ({ status, informational, body }, way) => {
    assert.deepEqual([status, informational, body.toString()], [200, [103], 'ok'], way);
  });
});

test('100 Continue is asked for and comes', async () => {
  await everyWay(
    echo,
    { method: 'POST', headers: { expect: '100-continue', 'content-length': '5' }, body: ['hello'] },
    (answer, way) => {
      assert.equal(got(answer, way).body, 'hello', way);
      assert.deepEqual(answer.informational, [100], way);
    },
  );
});

test('an answer in pieces, with trailers', async () => {
  const answer = (_request: EitherRequest, response: EitherResponse): void => {
    // Of unknown length, and in HTTP/1.1 the trailers are announced.
    response.setHeader('trailer', 'x-sum');
    response.write('hello');
    response.addTrailers({ 'x-sum': '7' });
    setImmediate(() => response.end('world'));
  };
  await everyWay(answer, {}, ({ status, headers, trailers, body }, way) => {
    assert.deepEqual([status, body.toString()], [200, 'helloworld'], way);
    assert.equal(headers['content-length'], undefined, way);
    assert.equal(trailers['x-sum'], '7', way);
  });
});

for (const [what, options, status, headers] of [
  ['HEAD', { method: 'HEAD' }, 200, { 'content-length': '5' }],
  ['204', {}, 204, {}],
  ['304', {}, 304, { etag: '"a"' }],
] as const) {
  test(`an answer that has no body: ${what}`, async () => {
    const answer = (_request: EitherRequest, response: EitherResponse): void => {
      response.statusCode = status;
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      response.end();
    };
    await everyWay(answer, options, (received, way) => {
      assert.equal(received.status, status, way);
      assert.equal(received.body.length, 0, way);
      for (const [name, value] of Object.entries(headers)) assert.equal(received.headers[name], value, way);
      if (status === 204) assert.equal(received.headers['transfer-encoding'], undefined, way);
    });
  });
}

test('the next request on the same connections is served too, whatever the one before was', async () => {
  for (const [from, to] of WAYS) {
    await using origin = await startEither(to, (request, response) => {
      if (request.url === '/early') response.end('early');
      else echo(request, response);
    });
    await using sidecar = await startBefore(origin, to);
    await using client = await connectEither(from, sidecar.port('out'));
    const way = `${from} to ${to}`;
    for (let i = 0; i < 3; i++) {
      assert.equal((await client.call({ path: '/early', method: 'HEAD' })).status, 200, way);
      assert.equal(got(await client.call({ method: 'POST', body: ['x'] }), way).body, 'x', way);
    }
  }
});

test('an HTTP/1.0 client gets an answer of HTTP/2 until the connection ends', async () => {
  await using origin = await startEither('http2', (_request, response) => {
    response.write('hello');
    setImmediate(() => response.end('world'));
  });
  await using sidecar = await startBefore(origin, 'http2');
  const socket = connectRaw(sidecar.port('out'), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.write('GET / HTTP/1.0\r\n\r\n');
  await once(socket, 'end');
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n\r\nhelloworld$/);
});

test('an endpoint that knows no HTTP/2 is found out once, and asked in HTTP/1.1 from then on', async () => {
  await using origin = await startEither('http1', echo);
  await using sidecar = await startBefore(origin, 'http1');
  await using client = await connectEither('http2', sidecar.port('out'));
  const first = await Promise.all([1, 2, 3].map((i) => client.call({ method: 'POST', body: [`${i}`] })));
  assert.deepEqual(
    first.map((answer) => got(answer, 'at once').body),
    ['1', '2', '3'],
  );
  const before = origin.connections;
  assert.equal(got(await client.call(), 'again').version, '1.1');
  assert.ok(origin.connections - before <= 1, 'no second try');
});

test('where the port says HTTP/2, an endpoint that knows none is an error', async () => {
  await using origin = await startEither('http1', echo);
  await using sidecar = await startBefore(origin, 'http2', 'http2');
  await using client = await connectEither('http2', sidecar.port('out'));
  const { status, headers, body } = await client.call();
  assert.deepEqual([status, headers['x-weft-response-flags']], [503, 'UF'], body.toString());
  assert.match(body.toString(), /http2\./);
});
