// Rules of GRPCRoutes with real calls: by service, method and header; gRPC-Web too, and nothing that is not gRPC.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { call } from '../proxy/http.ts';
import { startSidecar } from '../proxy/sidecar.ts';
import { BookClient, startBooks } from './books.ts';
import { framed } from './raw-call.ts';

test('calls go by method and header, each to its own server', async () => {
  await using first = await startBooks('first');
  await using second = await startBooks('second');
  const rule = (grpc: object, cluster: string, more: object = {}): object => ({
    ref: 'GRPCRoute/shop/books',
    matches: [{ grpc, ...more }],
    backends: [{ cluster }],
  });
  const canary = { headers: [{ name: 'x-canary', kind: 'exact', value: '1' }] };
  await using sidecar = await startSidecar({
    listeners: [{ name: 'out', port: 0, outbound: 'shop/books:80' }],
    outbounds: [
      {
        name: 'shop/books:80',
        protocol: 'grpc',
        rules: [
          rule({ kind: 'exact', service: 'shop.Books', method: 'Get' }, 'first'),
          rule({ kind: 'exact', service: 'shop.Books', method: 'Get' }, 'second', canary),
          rule({ kind: 'regex', method: 'P.*' }, 'second'),
        ],
      },
    ],
    clusters: ['first', 'second'].map((name) => ({ name, protocol: 'grpc' })),
    endpoints: [
      { name: 'first', endpoints: [{ address: '127.0.0.1', port: first.port }] },
      { name: 'second', endpoints: [{ address: '127.0.0.1', port: second.port }] },
    ],
  });
  const port = sidecar.port('out');
  using client = new BookClient(port);
  const servedBy = async (method: 'Get' | 'Put', metadata = {}): Promise<unknown> =>
    (await client.call(method, ['x'], { metadata })).trailers.get('x-server')[0];
  assert.equal(await servedBy('Get'), 'first');
  assert.equal(await servedBy('Get', { 'x-canary': '1' }), 'second');
  assert.equal(await servedBy('Put'), 'second');
  assert.equal((await client.call('List', ['3'])).code, status.UNIMPLEMENTED);

  const post = (contentType: string) =>
    call(port, {
      method: 'POST',
      path: '/shop.Books/Get',
      headers: { 'content-type': contentType },
      body: framed('Dune').toString('latin1'),
    });
  const web = await post('application/grpc-web');
  assert.equal(web.status, 200);
  assert.match(web.body, /Dune.*grpc-status: 0\r\n.*x-server: first\r\n/s);
  assert.equal((await post('application/json')).status, 404);
});
