import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../user-error.ts';
import { readQuestion } from './question.ts';

test('the path stays as it was written, and the host becomes a header', () => {
  assert.deepEqual(
    readQuestion('GET', 'http://Reviews.shop:9080/a/../%62//?x=1#part', { headers: ['X-A:  1 '] }),
    {
      kind: 'http',
      method: 'GET',
      url: 'http://Reviews.shop:9080/a/../%62//?x=1#part',
      host: 'reviews.shop',
      port: 9080,
      target: '/a/../%62//?x=1',
      headers: [
        ['host', 'reviews.shop:9080'],
        ['X-A', '1'],
      ],
    },
  );
});

test('the scheme and the path may be left out', () => {
  for (const [url, target] of [
    ['reviews', '/'],
    ['reviews/7', '/7'],
    ['http://reviews?x', '/?x'],
  ] as const) {
    const question = readQuestion('GET', url, { headers: [] });
    assert.equal(question.host, 'reviews');
    assert.equal(question.port, undefined);
    assert.equal('target' in question && question.target, target);
  }
});

test('a host that is given as a header is sent, and the URL says who is called', () => {
  const question = readQuestion('GET', 'http://reviews/', { headers: ['Host: other.example'] });
  assert.equal(question.host, 'reviews');
  assert.deepEqual('headers' in question && question.headers, [['Host', 'other.example']]);
});

test('text beyond ASCII is sent as its UTF-8 bytes', () => {
  const question = readQuestion('GET', 'http://reviews/ä', { headers: [] });
  assert.equal('target' in question && question.target, '/\xc3\xa4');
});

test('a TCP connection has a Service and a port', () => {
  assert.deepEqual(readQuestion('TCP', 'stock:7070', { headers: [] }), {
    kind: 'tcp',
    url: 'stock:7070',
    host: 'stock',
    port: 7070,
  });
});

test('what cannot be asked is a usage error that says what to write', () => {
  for (const [method, url, headers, message] of [
    ['GET', '/reviews', [], /names no Service: write http:\/\/SERVICE/],
    ['GET', 'http://a b/', [], /names no Service/],
    ['GET', 'https://reviews/', [], /plain http to their sidecar/],
    ['GET', 'http://reviews:0/', [], /from 1 to 65535/],
    ['GET', 'http://reviews/', ['x-a'], /write --header 'name: value'/],
    ['TCP', 'stock:7070/x', [], /no path: write TCP stock:PORT/],
    ['TCP', 'stock:7070', ['x-a: 1'], /no headers/],
  ] as const) {
    assert.throws(
      () => readQuestion(method, url, { headers }),
      (error) => error instanceof UserError && error.exitCode === 2 && message.test(error.message),
      url,
    );
  }
});

test('a gRPC call is a POST to its path, as gRPC clients send it', () => {
  const question = readQuestion('POST', 'http://carts:80', { headers: ['x-a: 1'], grpc: 'shop.Carts/Add' });
  assert.deepEqual(question, {
    kind: 'http',
    method: 'POST',
    url: 'http://carts:80/shop.Carts/Add',
    host: 'carts',
    port: 80,
    target: '/shop.Carts/Add',
    headers: [
      ['host', 'carts:80'],
      ['x-a', '1'],
      ['content-type', 'application/grpc'],
    ],
  });
  const typed = readQuestion('POST', 'carts', {
    headers: ['Content-Type: application/grpc+proto'],
    grpc: 'a/b',
  });
  assert.deepEqual('headers' in typed && typed.headers.slice(1), [
    ['Content-Type', 'application/grpc+proto'],
  ]);
});

test('a client that speaks TLS names the host that it calls, or what --sni says', () => {
  const tls = (url: string, sni?: string) => {
    const question = readQuestion('TCP', url, { headers: [], ...(sni !== undefined && { sni }) });
    return 'tls' in question ? question.tls : undefined;
  };
  assert.equal(tls('edge:443'), undefined);
  assert.deepEqual(tls('tls://Edge.shop:443'), { serverName: 'edge.shop' });
  assert.deepEqual(tls('tls://edge:443', 'WWW.example.com'), { serverName: 'www.example.com' });
  assert.deepEqual(tls('edge:443', 'www.example.com'), { serverName: 'www.example.com' });
  assert.deepEqual(tls('tls://edge:443', ''), {});
  assert.deepEqual(tls('tls://127.0.0.1:443'), {});
});

test('gRPC and TLS are asked for where they can be', () => {
  for (const [method, url, extras, message] of [
    ['GET', 'carts', { grpc: 'a/b' }, /write POST instead of GET/],
    ['TCP', 'carts:80', { grpc: 'a/b' }, /write POST instead of TCP/],
    ['POST', 'carts/x', { grpc: 'a/b' }, /leave \/x out/],
    ['POST', 'carts', { grpc: 'a' }, /package\.Service\/Method/],
    ['POST', 'carts', { grpc: 'a/b/c' }, /package\.Service\/Method/],
    ['GET', 'carts', { sni: 'a' }, /write TCP carts:PORT/],
    ['TCP', 'carts:80', { sni: '*.a' }, /a server name is a host name/],
  ] as const) {
    assert.throws(
      () => readQuestion(method, url, { headers: [], ...extras }),
      (error) => error instanceof UserError && error.exitCode === 2 && message.test(error.message),
      url,
    );
  }
});
