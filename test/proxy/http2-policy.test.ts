// A request of HTTP/2 is to routes, policies, log and metrics what the same request of HTTP/1.1 is, and none becomes a
// second request for an application of HTTP/1.1.

import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { connectEither, type EitherCall, startEither } from './either-http.ts';
import { call, listen, startOrigin } from './http.ts';
import { type Field, sendRaw } from './raw-http2.ts';
import { inboundConfig, outboundConfig, startSidecar } from './sidecar.ts';

const to = (cluster: string, more: object = {}): object => ({ backends: [{ cluster, ...more }] });

test('the same route takes the same request, and changes it in the same way', async () => {
  await using a = await startOrigin('a');
  await using b = await startOrigin('b');
  const rules = [
    { matches: [{ path: { kind: 'prefix', value: '/api' } }], ...to('b') },
    { matches: [{ path: { kind: 'exact', value: '/api/exact' } }], ...to('a') },
    { matches: [{ path: { kind: 'regex', value: '/v[0-9]+/.*' } }], ...to('b') },
    { matches: [{ method: 'DELETE' }], ...to('b') },
    { matches: [{ headers: [{ name: 'x-user', kind: 'exact', value: 'bob' }] }], ...to('b') },
    { matches: [{ headers: [{ name: 'host', kind: 'exact', value: 'b.example' }] }], ...to('b') },
    { matches: [{ query: [{ name: 'to', value: 'b' }] }], ...to('b') },
    {
      matches: [{ path: { kind: 'prefix', value: '/old' } }],
      filters: [
        { kind: 'rewrite', hostname: 'new.example', path: { kind: 'prefix', value: '/new' } },
        {
          kind: 'request-headers',
          edit: { set: [['x-set', '1']], add: [['x-more', '2']], remove: ['x-gone'] },
        },
        { kind: 'response-headers', edit: { set: [['x-answer', '3']], add: [], remove: ['x-origin'] } },
      ],
      ...to('a'),
    },
    {
      matches: [{ path: { kind: 'prefix', value: '/moved' } }],
      filters: [{ kind: 'redirect', hostname: 'there.example', status: 302 }],
    },
    { matches: [{ path: { kind: 'prefix', value: '/' } }], ...to('a') },
  ];
  await using sidecar = await startSidecar(outboundConfig(rules, { a: a.port, b: b.port }));
  await using http1 = await connectEither('http1', sidecar.port('out'));
  await using http2 = await connectEither('http2', sidecar.port('out'));
  const host = { host: 'shop.example' };
  const calls: EitherCall[] = [
    { path: '/', headers: host },
    { path: '/api?x=1', headers: host },
    { path: '/api/../api/exact', headers: host },
    { path: '/%61pi/exact', headers: host },
    { path: '/v12/x', headers: host },
    { path: '/x', method: 'DELETE', headers: host },
    { path: '/x', headers: { ...host, 'x-user': 'bob' } },
    { path: '/x', headers: { host: 'B.example' } },
    { path: '/x?from=a&to=b', headers: host },
    { path: '/old/x?y', headers: { ...host, 'x-gone': '1', 'x-more': '1' } },
    { path: '/moved/x', headers: host },
    { path: '/a%2f..%2fadmin', headers: host },
    { path: '/x', headers: { host: 'not@host' } },
  ];
  // What names a connection or a moment is not the request's.
  const essence = (text: string): string =>
    text.replaceAll(/"(?:x-request-id|traceparent|connection|transfer-encoding)":"[^"]*",?/g, '');
  for (const options of calls.slice(0, -1)) {
    const [one, two] = [await http1.call(options), await http2.call(options)];
    assert.equal(two.status, one.status, String(options.path));
    assert.equal(essence(two.body.toString()), essence(one.body.toString()), String(options.path));
    for (const name of ['location', 'x-answer', 'x-origin', 'x-weft-response-flags'])
      assert.equal(two.headers[name], one.headers[name], `${options.path} ${name}`);
  }
  await assert.rejects(http2.call(calls.at(-1)), 'user information is no part of an authority');
  assert.deepEqual([...new Set(sidecar.accessLog.map((line) => line['protocol']))].sort(), [
    'HTTP/1.1',
    'HTTP/2',
  ]);
  const routes = (protocol: string): unknown[] =>
    sidecar.accessLog.filter((line) => line['protocol'] === protocol).map((line) => line['route_name']);
  assert.deepEqual(routes('HTTP/2').slice(0, calls.length - 1), routes('HTTP/1.1'));
});

test('a policy that denies over HTTP/1.1 denies over HTTP/2', async () => {
  await using app = await startEither('http2', (_request, response) => response.end('in'));
  const authorization = [
    {
      ref: 'AuthorizationPolicy/shop/no-admin',
      action: 'DENY',
      rules: [
        { to: [{ paths: ['/admin', '/admin/*'] }] },
        { to: [{ hosts: ['secret.example'] }] },
        { to: [{ methods: ['DELETE'] }] },
        { when: [{ header: 'x-role', values: ['guest'] }] },
        { when: [{ header: 'x-forwarded-client-cert', values: ['*'] }] },
      ],
    },
  ];
  await using sidecar = await startSidecar(inboundConfig(app.port, { protocol: 'http2', authorization }));
  const port = sidecar.port('in');
  await using http1 = await connectEither('http1', port);
  await using http2 = await connectEither('http2', port);
  const host = { host: 'app.example' };
  for (const [options, status] of [
    [{ path: '/', headers: host }, 200],
    [{ path: '/admin/x', headers: host }, 403],
    [{ path: '/a/../admin', headers: host }, 403],
    [{ path: '/%61dmin', headers: host }, 403],
    [{ path: '//admin', headers: host }, 403],
    [{ path: '/', headers: { host: 'SECRET.example:80' } }, 403],
    [{ path: '/', method: 'DELETE', headers: host }, 403],
    [{ path: '/', headers: { ...host, 'x-role': 'guest' } }, 403],
    [{ path: '/', headers: { ...host, 'x-forwarded-client-cert': 'URI=spiffe://a' } }, 200],
    [{ path: '/%2fadmin', headers: host }, 400],
  ] as const) {
    for (const client of [http1, http2]) {
      const answer = await client.call(options);
      assert.equal(answer.status, status, `${client.version} ${JSON.stringify(options)}`);
    }
  }
});

test('what an application says in the name of the mesh goes no further', async () => {
  for (const version of ['http1', 'http2'] as const) {
    await using app = await startEither(version, (_request, response) => {
      response.setHeader('x-weft-response-flags', 'UF');
      response.setHeader('x-mine', '1');
      response.statusCode = 503;
      response.end();
    });
    await using sidecar = await startSidecar(
      inboundConfig(app.port, { protocol: version === 'http2' ? 'http2' : 'http' }),
    );
    await using client = await connectEither(version, sidecar.port('in'));
    const { status, headers } = await client.call();
    assert.deepEqual([status, headers['x-weft-response-flags'], headers['x-mine']], [503, undefined, '1']);
  }
});

test('log and metrics tell of a request, of a refusal, and of what is no HTTP/2', async () => {
  await using app = await startOrigin('app');
  await using sidecar = await startSidecar(inboundConfig(app.port));
  const port = sidecar.port('in');
  await using client = await connectEither('http2', port);
  await client.call({
    path: '/a?b',
    method: 'POST',
    headers: { host: 'app', 'user-agent': 'me' },
    body: ['hello'],
  });
  const line = await sidecar.nextLine();
  assert.deepEqual(
    [
      line['protocol'],
      line['method'],
      line['path'],
      line['authority'],
      line['response_code'],
      line['response_flags'],
    ],
    ['HTTP/2', 'POST', '/a?b', 'app', 200, '-'],
  );
  assert.deepEqual([line['bytes_received'], line['user_agent']], [5, 'me']);
  assert.ok(Number(line['bytes_sent']) > 100);
  assert.equal(sidecar.metric('istio_requests_total', { response_code: '200', reporter: 'destination' }), 1);

  // A stream error: the request never became one.
  const outcome = await sendRaw(port, [
    [':method', 'GET'],
    [':path', '/'],
    [':scheme', 'http'],
    ['Upper', 'x'],
  ]);
  assert.equal(outcome.kind, 'reset');
  const refused = await sidecar.nextLine((one) => one['response_flags'] === 'DPE');
  assert.equal(refused['protocol'], 'HTTP/2');
  assert.match(String(refused['response_code_details']), /^http2\./);
});

/** An application that takes every byte for itself: what it gets is what was let through. */
async function startRaw(): Promise<AsyncDisposable & { readonly port: number; received: string }> {
  const sockets = new Set<Socket>();
  const raw = { port: 0, received: '' };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', (first: Buffer) => {
      // It knows no HTTP/2.
      if (first.toString('latin1').startsWith('PRI')) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
      else {
        socket.on('data', read);
        read(first);
      }
    });
    const read = (chunk: Buffer): void => {
      raw.received += chunk.toString('latin1');
      // What it takes for the end of a request.
      if (raw.received.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    };
  });
  return Object.assign(raw, {
    port: await listen(server),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

const EVIL = 'GET /evil HTTP/1.1\r\nHost: a\r\n\r\n';
const base = (more: readonly Field[] = [], method = 'GET'): Field[] => [
  [':method', method],
  [':scheme', 'http'],
  [':path', '/a'],
  [':authority', 'a'],
  ...more,
];
const replaced = (name: string, value: string): Field[] =>
  base().map(([key, old]) => [key, key === name ? value : old]);

const ATTACKS: readonly (readonly [what: string, fields: readonly Field[], data?: readonly string[]])[] = [
  ['a line end in a value', base([['x', `a\r\n\r\n${EVIL}`]])],
  ['a bare LF in a value', base([['x', `a\n\n${EVIL}`]])],
  ['a bare CR in a value', base([['x', `a\r\r${EVIL}`]])],
  ['NUL in a value', base([['x', 'a\0b']])],
  ['a line end in a name', base([[`x: a\r\n\r\n${EVIL}`, '1']])],
  ['a colon in a name', base([['x: y', '1']])],
  ['a space in a name', base([['transfer-encoding ', 'chunked']])],
  ['an upper-case name', base([['Transfer-Encoding', 'chunked']])],
  ['an empty name', base([['', 'x']])],
  ['a line end in the path', replaced(':path', `/a HTTP/1.1\r\nHost: a\r\n\r\n${EVIL}`)],
  ['a space in the path', replaced(':path', '/a HTTP/1.1')],
  ['a line end in the method', replaced(':method', `GET / HTTP/1.1\r\nHost: a\r\n\r\n${EVIL}GET`)],
  ['a space in the method', replaced(':method', 'GET /evil HTTP/1.1')],
  ['a line end in the authority', replaced(':authority', `a\r\n\r\n${EVIL}`)],
  ['a path in the authority', replaced(':authority', 'a/evil')],
  ['a line end in the scheme', replaced(':scheme', `http\r\n\r\n${EVIL}`)],
  ['Transfer-Encoding', base([['transfer-encoding', 'chunked']], 'POST'), [`0\r\n\r\n${EVIL}`]],
  [
    'Connection',
    base(
      [
        ['connection', 'keep-alive, content-length'],
        ['content-length', '1'],
      ],
      'POST',
    ),
    ['x'],
  ],
  ['Upgrade', base([['upgrade', 'h2c']])],
  ['Content-Length 0 and a body', base([['content-length', '0']], 'POST'), [EVIL]],
  ['Content-Length shorter than the body', base([['content-length', '2']], 'POST'), [`xx${EVIL}`]],
  ['Content-Length shorter, in frames', base([['content-length', '2']], 'POST'), ['xx', EVIL]],
  ['Content-Length longer than the body', base([['content-length', '200']], 'POST'), ['x']],
  [
    'Content-Length twice',
    base(
      [
        ['content-length', '0'],
        ['content-length', String(EVIL.length)],
      ],
      'POST',
    ),
    [EVIL],
  ],
  ['Content-Length in a list', base([['content-length', `0, ${EVIL.length}`]], 'POST'), [EVIL]],
  ['Content-Length with a sign', base([['content-length', `+${EVIL.length}`]], 'POST'), [EVIL]],
  ['Content-Length that wraps', base([['content-length', String(2n ** 64n)]], 'POST'), ['']],
  ['Host that is not the authority', base([['host', 'b']])],
  ['two authorities', [...base(), [':authority', 'b']]],
  ['two paths', [...base(), [':path', '/evil']]],
  [
    'a pseudo-header behind a header',
    [
      [':method', 'GET'],
      ['x', 'y'],
      [':scheme', 'http'],
      [':path', '/evil'],
    ],
  ],
  ['a status', base([[':status', '200']])],
  ['TE that is not trailers', base([['te', 'chunked']])],
  [
    'CONNECT',
    [
      [':method', 'CONNECT'],
      [':authority', 'a:80'],
    ],
    [EVIL],
  ],
  ['a target of another form', replaced(':path', 'http://b/evil')],
  ['an asterisk for GET', replaced(':path', '*')],
  ['a protocol without CONNECT', base([[':protocol', 'websocket']])],
  [
    'a WebSocket that is refused, and a request in it',
    [
      [':method', 'CONNECT'],
      [':protocol', 'websocket'],
      [':scheme', 'http'],
      [':path', '/a'],
      [':authority', 'a'],
    ],
    [EVIL],
  ],
];
for (const [what, fields, data] of ATTACKS) {
  test(`an application of HTTP/1.1 gets one request at most: ${what}`, async () => {
    await using app = await startRaw();
    await using sidecar = await startSidecar(inboundConfig(app.port));
    const port = sidecar.port('in');
    const outcome = await sendRaw(port, fields, data);
    // A request of our own flushes what may still lie on the connection.
    await using client = await connectEither('http2', port);
    await client.call({ path: '/last' }).catch(() => {});
    // Neither as a request nor behind a body that ends before it.
    const isEvil = app.received.includes('/evil HTTP/1.1') && !isInBody(app.received);
    assert.ok(!isEvil, `${JSON.stringify(outcome)}: ${app.received}`);
  });
}

/** Whether what looks like another request is inside a chunk of a body. */
function isInBody(received: string): boolean {
  return received.includes(`\r\n${EVIL.length.toString(16)}\r\n${EVIL}`);
}

test('a request that is sent behind another does arrive: the tests above can fail', async () => {
  await using app = await startRaw();
  await using sidecar = await startSidecar(inboundConfig(app.port));
  const outcome = await sendRaw(sidecar.port('in'), replaced(':path', '/evil'));
  assert.deepEqual(outcome, { kind: 'answer', status: 200, body: 'ok' });
  assert.match(app.received, /^GET \/evil HTTP\/1\.1\r\n/);
  assert.equal((await call(sidecar.port('in'), { path: '/evil' })).status, 200);
});
