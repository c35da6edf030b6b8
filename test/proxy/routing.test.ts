// Routes of a real sidecar: each request goes where the rules say, changed as they say.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, deadPort, received, startOrigin } from './http.ts';
import { outboundConfig, startSidecar } from './sidecar.ts';

const to = (cluster: string, more: object = {}): object => ({ backends: [{ cluster, ...more }] });

test('path, method, header and query choose the rule, the most specific first', async () => {
  await using a = await startOrigin('a');
  await using b = await startOrigin('b');
  const rules = [
    { matches: [{ path: { kind: 'prefix', value: '/api' } }], ...to('b') },
    { matches: [{ path: { kind: 'exact', value: '/api/exact' } }], ...to('a') },
    { matches: [{ path: { kind: 'regex', value: '/v[0-9]+/.*' } }], ...to('b') },
    { matches: [{ method: 'DELETE' }], ...to('b') },
    { matches: [{ headers: [{ name: 'x-user', kind: 'regex', value: 'b.*' }] }], ...to('b') },
    { matches: [{ query: [{ name: 'to', value: 'b' }] }], ...to('b') },
    { matches: [{ path: { kind: 'prefix', value: '/' } }], ...to('a') },
  ];
  await using sidecar = await startSidecar(outboundConfig(rules, { a: a.port, b: b.port }));
  const port = sidecar.port('out');
  const origin = async (path: string, options: object = {}): Promise<string> =>
    (await received(port, { path, ...options })).origin;

  assert.equal(await origin('/'), 'a');
  assert.equal(await origin('/api'), 'b');
  assert.equal(await origin('/api/x?y=1'), 'b');
  assert.equal(await origin('/apiary'), 'a', 'prefixes match whole path elements');
  assert.equal(await origin('/api/exact'), 'a');
  assert.equal(await origin('/v12/x'), 'b');
  assert.equal(await origin('/x', { method: 'DELETE' }), 'b');
  assert.equal(await origin('/x', { headers: { 'X-User': 'bob' } }), 'b');
  assert.equal(await origin('/x', { headers: { 'x-user': 'alice' } }), 'a');
  assert.equal(await origin('/x?from=a&to=b'), 'b');
  assert.equal(await origin('/x?to=bb'), 'a');
  assert.deepEqual(
    [...new Set(sidecar.accessLog.map(({ route_name }) => route_name))].sort(),
    [0, 1, 2, 3, 4, 5, 6].map((index) => `Outbound/shop/app:80[${index}]`),
  );
});

test('weights share the requests; weight 0 gets none', async () => {
  await using a = await startOrigin('a');
  await using b = await startOrigin('b');
  await using never = await startOrigin('never');
  const backends = [
    { cluster: 'a', weight: 3 },
    { cluster: 'b', weight: 1 },
    { cluster: 'never', weight: 0 },
  ];
  await using sidecar = await startSidecar(
    outboundConfig([{ backends }], { a: a.port, b: b.port, never: never.port }),
  );
  const calls = 400;
  for (let i = 0; i < calls; i += 20) {
    await Promise.all(Array.from({ length: 20 }, () => received(sidecar.port('out'))));
  }
  assert.equal(never.received.length, 0);
  assert.equal(a.received.length + b.received.length, calls);
  // Expected 100 of 400; eight standard deviations (8.7) either side.
  assert.ok(Math.abs(b.received.length - calls / 4) < 70, `${b.received.length} of ${calls}`);
});

test('the share of an invalid backend, and a rule without any, are answered 500', async () => {
  await using a = await startOrigin('a');
  const rules = [
    {
      matches: [{ path: { kind: 'prefix', value: '/half' } }],
      backends: [
        { cluster: 'a', weight: 1 },
        { cluster: 'missing', weight: 1, invalid: 'Service shop/missing does not exist' },
      ],
    },
    { matches: [{ path: { kind: 'prefix', value: '/none' } }] },
    { matches: [{ path: { kind: 'prefix', value: '/zero' } }], ...to('a', { weight: 0 }) },
    { matches: [{ path: { kind: 'prefix', value: '/bad' } }], ...to('a'), invalid: 'the rule is bad' },
    {
      matches: [{ path: { kind: 'prefix', value: '/filter' } }],
      ...to('a'),
      filters: [
        { kind: 'redirect', hostname: 'x' },
        { kind: 'invalid', reason: 'no such filter' },
      ],
    },
  ];
  await using sidecar = await startSidecar(outboundConfig(rules, { a: a.port }));
  const port = sidecar.port('out');
  const answers = await Promise.all(Array.from({ length: 100 }, () => call(port, { path: '/half' })));
  const refused = answers.filter(({ status }) => status === 500);
  assert.ok(refused.length > 10 && refused.length < 90, `${refused.length} of 100`);
  assert.equal(refused[0]?.body, 'weft: IC Service shop/missing does not exist\n');
  assert.equal(answers.length - refused.length, a.received.length);
  for (const [path, reason] of [
    ['/none', 'the rule has no backend that takes requests'],
    ['/zero', 'the rule has no backend that takes requests'],
    ['/bad', 'the rule is bad'],
    ['/filter', 'no such filter'],
  ] as const) {
    const { status, body, headers } = await call(port, { path });
    assert.equal(status, 500, path);
    assert.equal(body, `weft: IC ${reason}\n`);
    assert.equal(headers['x-weft-response-flags'], 'IC');
  }
});

test('an Outbound that is invalid answers everything 500', async () => {
  await using sidecar = await startSidecar({
    listeners: [{ name: 'out', port: 0, outbound: 'shop/app:80' }],
    outbounds: [{ name: 'shop/app:80', protocol: 'http', invalid: 'two Services claim the port' }],
  });
  const { status, body } = await call(sidecar.port('out'));
  assert.equal(status, 500);
  assert.equal(body, 'weft: IC two Services claim the port\n');
});

test('headers are edited on the request, on the answer and for one backend', async () => {
  await using a = await startOrigin('a', (incoming, response) => {
    response.setHeader('x-remove', 'gone');
    response.setHeader('x-set', 'old');
    response.end(JSON.stringify({ headers: incoming.headers }));
  });
  const edit = (prefix: string): object => ({
    set: [[`${prefix}-set`, 'new']],
    add: [[`${prefix}-add`, 'more']],
    remove: [`${prefix}-remove`],
  });
  const rules = [
    {
      filters: [
        { kind: 'request-headers', edit: edit('x') },
        { kind: 'response-headers', edit: edit('x') },
      ],
      ...to('a', { filters: [{ kind: 'request-headers', edit: { set: [['x-backend', 'a']] } }] }),
    },
  ];
  await using sidecar = await startSidecar(outboundConfig(rules, { a: a.port }));
  const { headers, body } = await call(sidecar.port('out'), {
    headers: { 'X-Set': 'old', 'x-ADD': 'one', 'x-remove': 'gone', 'x-kept': 'k' },
  });
  const sent = (JSON.parse(body) as { headers: Record<string, string> }).headers;
  assert.equal(sent['x-set'], 'new');
  assert.equal(sent['x-add'], 'one, more');
  assert.equal(sent['x-remove'], undefined);
  assert.equal(sent['x-kept'], 'k');
  assert.equal(sent['x-backend'], 'a');
  assert.equal(headers['x-set'], 'new');
  assert.equal(headers['x-add'], 'more');
  assert.equal(headers['x-remove'], undefined);
});

test('a redirect is answered by the sidecar, for the rule or for one backend of it', async () => {
  await using a = await startOrigin('a');
  const rules = [
    {
      matches: [{ path: { kind: 'prefix', value: '/old' } }],
      filters: [
        {
          kind: 'redirect',
          scheme: 'https',
          hostname: 'new.example',
          port: 8443,
          status: 308,
          path: { kind: 'prefix', value: '/new' },
        },
      ],
    },
    {
      matches: [{ path: { kind: 'prefix', value: '/backend' } }],
      ...to('a', { filters: [{ kind: 'redirect', hostname: 'other.example', status: 301 }] }),
    },
  ];
  await using sidecar = await startSidecar(outboundConfig(rules, { a: a.port }));
  const answer = await call(sidecar.port('out'), { path: '/old/x?y=1', headers: { host: 'app' } });
  assert.equal(answer.status, 308);
  assert.equal(answer.headers.location, 'https://new.example:8443/new/x?y=1');
  const other = await call(sidecar.port('out'), { path: '/backend/x', headers: { host: 'app:80' } });
  assert.equal(other.status, 301);
  assert.equal(other.headers.location, 'http://other.example/backend/x');
  assert.equal(a.received.length, 0);
});

test('a rewrite changes path and host of what the endpoint gets, and keeps the query', async () => {
  await using a = await startOrigin('a');
  const rewrite = (path: object, hostname?: string): object => ({
    filters: [{ kind: 'rewrite', path, ...(hostname && { hostname }) }],
    ...to('a'),
  });
  const prefix = (value: string): object => ({ matches: [{ path: { kind: 'prefix', value } }] });
  const rules = [
    { ...prefix('/strip'), ...rewrite({ kind: 'prefix', value: '/' }) },
    { ...prefix('/deep'), ...rewrite({ kind: 'prefix', value: '/a/b' }, 'inner.example') },
    { ...prefix('/full'), ...rewrite({ kind: 'full', value: '/one' }) },
  ];
  await using sidecar = await startSidecar(outboundConfig(rules, { a: a.port }));
  const port = sidecar.port('out');
  assert.equal((await received(port, { path: '/strip/x/y?z=%20' })).url, '/x/y?z=%20');
  assert.equal((await received(port, { path: '/strip' })).url, '/');
  const deep = await received(port, { path: '/deep/x', headers: { host: 'outer' } });
  assert.equal(deep.url, '/a/b/x');
  assert.equal(deep.headers.host, 'inner.example');
  assert.equal((await received(port, { path: '/full/x?y=1' })).url, '/one?y=1');
});

test('the path is sent on in the form that was matched, and an absolute target overrules Host', async () => {
  await using a = await startOrigin('a');
  await using sidecar = await startSidecar(outboundConfig([to('a')], { a: a.port }));
  const port = sidecar.port('out');
  assert.equal((await received(port, { path: '/a/./b//../%61?x=/../y' })).url, '/a/a?x=/../y');
  const absolute = await received(port, { path: 'http://Real.example/x', headers: { host: 'fake' } });
  assert.equal(absolute.url, '/x');
  assert.equal(absolute.headers.host, 'real.example');
});

test('a request gets an id and a trace of its own, or keeps those that it has', async () => {
  await using a = await startOrigin('a');
  await using sidecar = await startSidecar(outboundConfig([to('a')], { a: a.port }));
  const port = sidecar.port('out');
  const first = await received(port);
  assert.match(
    String(first.headers['x-request-id']),
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.match(String(first.headers.traceparent), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  const second = await received(port);
  assert.notEqual(second.headers['x-request-id'], first.headers['x-request-id']);
  const own = {
    'x-request-id': 'mine',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  };
  const third = await received(port, { headers: own });
  assert.equal(third.headers['x-request-id'], own['x-request-id']);
  assert.equal(third.headers.traceparent, own.traceparent);
  assert.equal(sidecar.accessLog.at(-1)?.request_id, 'mine');
});

test('an endpoint that is away is passed over', async () => {
  await using a = await startOrigin('a');
  const dead = await deadPort();
  await using sidecar = await startSidecar(outboundConfig([to('c')], { c: [dead, a.port] }));
  for (let i = 0; i < 20; i++) assert.equal((await received(sidecar.port('out'))).origin, 'a');
});
