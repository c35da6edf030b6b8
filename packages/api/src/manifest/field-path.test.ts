import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type FieldPath, formatFieldPath, parseFieldPath } from './field-path.ts';

test('paths are written as people read them', () => {
  assert.equal(
    formatFieldPath(['spec', 'rules', 0, 'backendRefs', 1, 'port']),
    'spec.rules[0].backendRefs[1].port',
  );
  assert.equal(
    formatFieldPath(['metadata', 'annotations', 'weft.dev/local-ports']),
    'metadata.annotations["weft.dev/local-ports"]',
  );
  assert.equal(formatFieldPath([]), '');
});

test('every path that is written reads back', () => {
  const part = fc.oneof(fc.nat(1000), fc.string(), fc.constantFrom('spec', 'a.b', 'x"y', 'with-dash'));
  fc.assert(
    fc.property(fc.array(part), (path: FieldPath) => {
      assert.deepEqual(parseFieldPath(formatFieldPath(path)), path);
    }),
  );
});

test('what cannot be read ends the path at its parent', () => {
  assert.deepEqual(parseFieldPath('spec.rules[x].name'), ['spec', 'rules']);
  assert.deepEqual(parseFieldPath('spec..a'), ['spec']);
});
