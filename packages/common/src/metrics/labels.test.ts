import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labels } from './labels.ts';

test('labels are written in the order given', () => {
  assert.equal(labels({ b: '1', a: '2' }), 'b="1",a="2"');
  assert.equal(labels({}), '');
});

test('backslash, quote and line feed are escaped and nothing else is', () => {
  assert.equal(labels({ path: 'C:\\x "y"\nz\té' }), 'path="C:\\\\x \\"y\\"\\nz\té"');
});

test('a name that Prometheus does not allow is a programmer error', () => {
  for (const name of ['1a', 'a-b', '', 'le'])
    assert.throws(() => labels({ [name]: 'x' }), /can not name a label/);
});
