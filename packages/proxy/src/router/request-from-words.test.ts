import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestFromWords } from './request-from-words.ts';

test('a URL gives host, path and query in the form that a codec gives them', () => {
  const written = requestFromWords('GET', 'http://Reviews:9080/a/../b%7e/ä?q=1#part', []);
  assert.ok('view' in written);
  const { method, path, query, authority } = written.view;
  assert.deepEqual([method, path, query, authority], ['GET', '/b~/%C3%A4', 'q=1', 'reviews:9080']);
  assert.equal(written.view.header('host'), 'reviews:9080');
});

test('a path alone takes its host from the header', () => {
  const written = requestFromWords('GET', '/a', [['Host', 'Shop.example']]);
  assert.ok('view' in written);
  assert.equal(written.view.authority, 'shop.example');
});

test('header names have no case, and lines of one name are joined', () => {
  const written = requestFromWords('GET', '/', [
    ['X-A', '1'],
    ['x-a', '2'],
  ]);
  assert.ok('view' in written);
  assert.equal(written.view.header('x-a'), '1, 2');
  assert.equal(written.view.header('x-b'), undefined);
});

test('a target that the proxy refuses is refused in words', () => {
  const written = requestFromWords('GET', '/a%2fb', []);
  assert.ok('refusal' in written);
  assert.match(written.refusal, /escaped slash/);
});
