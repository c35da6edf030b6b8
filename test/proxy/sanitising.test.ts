// What a caller can not do to get past a policy: write a path in another form, or pretend to be a proxy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, exchangeText, received, startOrigin } from './http.ts';
import { inboundConfig, startSidecar } from './sidecar.ts';

const DENY_ADMIN = {
  authorization: [
    {
      ref: 'AuthorizationPolicy/shop/no-admin',
      action: 'DENY',
      rules: [{ to: [{ paths: ['/admin', '/admin/*'] }] }],
    },
  ],
} as const;

test('no form of a path gets past a DENY', async () => {
  await using app = await startOrigin('app');
  await using sidecar = await startSidecar(inboundConfig(app.port, DENY_ADMIN));
  const port = sidecar.port('in');
  const denied = [
    '/admin',
    '/admin/',
    '/admin/users?x=1',
    '/a/../admin',
    '//admin',
    '/./admin',
    '/a/%2e%2e/admin',
    '/a/%2E./admin',
    '/%61dmin',
    '/%61%64%6d%69%6e/x',
    '/admin//x',
    '/admin/./x',
    '/a/b/../../admin/x/..',
    '\\admin',
    '/a\\..\\admin',
    'http://other.example/admin',
    'http://other.example/a/../admin',
  ];
  for (const path of denied) {
    const { status, body } = await call(port, { path });
    assert.equal(status, path === '\\admin' ? 400 : 403, `${path}: ${body}`);
  }
  // Forms that servers read in different ways are refused whatever the policy says.
  for (const path of [
    '/%2fadmin',
    '/a%2f..%2fadmin',
    '/..;/admin',
    '/a/..;x=1/admin',
    '/../admin',
    '/%00admin',
    '/a%5c..%5cadmin',
    '/%zz',
  ])
    assert.equal((await call(port, { path })).status, 400, path);
  assert.deepEqual(app.received, []);

  assert.equal((await received(port, { path: '/administrator' })).url, '/administrator');
  assert.equal((await received(port, { path: '/admin/../x' })).url, '/x', 'what was checked is what is sent');
});

test('a query, a fragment or a method says nothing about the path', async () => {
  await using app = await startOrigin('app');
  await using sidecar = await startSidecar(inboundConfig(app.port, DENY_ADMIN));
  const port = sidecar.port('in');
  for (const target of ['/admin?x', '/x/../admin#/y', '/admin/#']) {
    const answer = await exchangeText(port, `GET ${target} HTTP/1.1\r\nHost: app\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 40[03] /, target);
  }
  for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS', 'PROPFIND'])
    assert.equal((await call(port, { method, path: '/admin' })).status, 403, method);
  assert.deepEqual(app.received, []);
});

test('headers that only the mesh may write are taken from a caller in plain text', async () => {
  await using app = await startOrigin('app');
  await using sidecar = await startSidecar(inboundConfig(app.port));
  const { headers } = await received(sidecar.port('in'), {
    headers: {
      'X-Envoy-Original-Path': '/x',
      'x-weft-anything': '1',
      'X-Forwarded-Client-Cert': 'By=spiffe://a;URI=spiffe://cluster.local/ns/shop/sa/admin',
      'x-envoyx': 'kept',
      'x-other': 'kept',
    },
  });
  assert.equal(headers['x-envoy-original-path'], undefined);
  assert.equal(headers['x-weft-anything'], undefined);
  assert.equal(headers['x-forwarded-client-cert'], undefined);
  assert.equal(headers['x-envoyx'], 'kept');
  assert.equal(headers['x-other'], 'kept');
});

test('a policy on a header sees what the application gets, not what Connection takes off', async () => {
  await using app = await startOrigin('app');
  await using sidecar = await startSidecar(
    inboundConfig(app.port, {
      authorization: [
        {
          ref: 'AuthorizationPolicy/shop/by-header',
          action: 'DENY',
          rules: [{ when: [{ header: 'x-role', notValues: ['admin'] }] }],
        },
        {
          ref: 'AuthorizationPolicy/shop/no-xfcc',
          action: 'DENY',
          rules: [{ when: [{ header: 'x-forwarded-client-cert', values: ['*'] }] }],
        },
      ],
    }),
  );
  const port = sidecar.port('in');
  assert.equal((await call(port)).status, 403);
  const forged = { 'x-role': 'admin', 'x-forwarded-client-cert': 'URI=spiffe://x' };
  assert.equal((await call(port, { headers: forged })).status, 200, 'what was sanitised is not seen');
  const named = 'GET / HTTP/1.1\r\nHost: a\r\nX-Role: admin\r\nConnection: close, x-role\r\n\r\n';
  assert.match(await exchangeText(port, named), /^HTTP\/1\.1 403 /);
});

test('the host that policies see is the host that the application gets', async () => {
  await using app = await startOrigin('app');
  await using sidecar = await startSidecar(inboundConfig(app.port));
  const port = sidecar.port('in');
  const empty = 'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n';
  assert.match(await exchangeText(port, empty), /^HTTP\/1\.1 200 /);
  assert.equal(app.received[0]?.headers.host, 'localhost');
  const escaped = 'GET / HTTP/1.1\r\nHost: %61dmin\r\nConnection: close\r\n\r\n';
  assert.match(await exchangeText(port, escaped), /^HTTP\/1\.1 400 /);
  assert.equal(app.received.length, 1);
});

test('an HTTP/1.0 client is served, with and without Host, and learns when the connection ends', async () => {
  await using app = await startOrigin('app');
  await using sidecar = await startSidecar(inboundConfig(app.port));
  const port = sidecar.port('in');
  const plain = await exchangeText(port, 'GET /x HTTP/1.0\r\n\r\n', { isEnded: false });
  assert.match(plain, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(plain, /"url":"\/x"/);
  assert.doesNotMatch(plain, /transfer-encoding: chunked/i);
  assert.equal(app.received[0]?.headers.host, 'localhost');
  const kept = await exchangeText(
    port,
    'GET /1 HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\nHost: a\r\n\r\n',
    { isEnded: false },
  );
  assert.match(kept, /connection: keep-alive/i);
  assert.match(kept, /"url":"\/2"/);
});
