import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coversHost, HostIndex, hostnameOf, portOf } from './hostname.ts';

function split(authority: string): readonly [string, number | undefined] {
  return [hostnameOf(authority), portOf(authority)];
}

test('an authority is split into host and port, IPv6 addresses too', () => {
  assert.deepEqual(split('example.com:8080'), ['example.com', 8080]);
  assert.deepEqual(split('example.com'), ['example.com', undefined]);
  assert.deepEqual(split('[::1]:80'), ['[::1]', 80]);
  assert.deepEqual(split('[::1]'), ['[::1]', undefined]);
  assert.deepEqual(split(''), ['', undefined]);
  assert.deepEqual(split('a:'), ['a', undefined]);
});

test('the dot at the end of a fully qualified name is not part of the host', () => {
  assert.deepEqual(split('example.com.'), ['example.com', undefined]);
  assert.deepEqual(split('example.com.:80'), ['example.com', 80]);
});

test('a wildcard covers one or more labels, not the domain itself', () => {
  assert.ok(coversHost('*.example.com', 'a.example.com'));
  assert.ok(coversHost('*.example.com', 'a.b.example.com'));
  assert.ok(!coversHost('*.example.com', 'example.com'));
  assert.ok(!coversHost('*.example.com', '.example.com'));
  assert.ok(!coversHost('*.example.com', 'badexample.com'));
  assert.ok(coversHost('example.com', 'example.com'));
  assert.ok(!coversHost('example.com', 'a.example.com'));
});

test('the exact host is asked first, then wildcards from long to short, then any host', () => {
  const names = ['', '*.com', '*.example.com', 'a.example.com', 'b.example.com'];
  const index = new HostIndex(new Map(names.map((name) => [name, name])));
  const asked: string[] = [];
  const found = index.first(
    'a.example.com:80',
    (value, stop: string) => {
      asked.push(value);
      return value === stop ? value : undefined;
    },
    '*.com',
  );
  assert.equal(found, '*.com');
  assert.deepEqual(asked, ['a.example.com', '*.example.com', '*.com']);
  assert.equal(
    index.first('localhost', (value) => value, ''),
    '',
  );
});
