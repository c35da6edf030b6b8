import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../user-error.ts';
import { readQuestion } from './question.ts';

test('the path stays as it was written, and the host becomes a header', () => {
  assert.deepEqual(readQuestion('GET', 'http://Reviews.shop:9080/a/../%62//?x=1#part', ['X-A:  1 ']), {
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
  });
});

test('the scheme and the path may be left out', () => {
  for (const [url, target] of [
    ['reviews', '/'],
    ['reviews/7', '/7'],
    ['http://reviews?x', '/?x'],
  ] as const) {
    const question = readQuestion('GET', url, []);
    assert.equal(question.host, 'reviews');
    assert.equal(question.port, undefined);
    assert.equal('target' in question && question.target, target);
  }
});

test('a host that is given as a header is sent, and the URL says who is called', () => {
  const question = readQuestion('GET', 'http://reviews/', ['Host: other.example']);
  assert.equal(question.host, 'reviews');
  assert.deepEqual('headers' in question && question.headers, [['Host', 'other.example']]);
});

test('text beyond ASCII is sent as its UTF-8 bytes', () => {
  const question = readQuestion('GET', 'http://reviews/ä', []);
  assert.equal('target' in question && question.target, '/\xc3\xa4');
});

test('a TCP connection has a Service and a port', () => {
  assert.deepEqual(readQuestion('TCP', 'stock:7070', []), {
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
      () => readQuestion(method, url, headers),
      (error) => error instanceof UserError && error.exitCode === 2 && message.test(error.message),
      url,
    );
  }
});
