import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { elementPrefix, PathIndex, prefixKey } from './path-index.ts';

const path = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'aa', ''), { maxLength: 5 })
  .map((parts) => `/${parts.join('/')}`);

function found(index: PathIndex<string>, path: string): readonly string[] {
  return index.hits.slice(0, index.lookup(path));
}

test('finds the prefixes of whole elements from short to long, then the exact path', () => {
  fc.assert(
    fc.property(fc.array(path), fc.array(path), path, (exact, prefixes, asked) => {
      const keys = new Set(prefixes.map(prefixKey));
      const index = new PathIndex(
        new Map(exact.map((entry) => [entry, `exact ${entry}`])),
        new Map([...keys].map((entry) => [entry, `prefix ${entry}`])),
      );
      const expected = [...keys]
        .filter((key) => key === '' || asked === key || asked.startsWith(`${key}/`))
        .sort((a, b) => a.length - b.length)
        .map((key) => `prefix ${key}`);
      if (exact.includes(asked)) expected.push(`exact ${asked}`);
      assert.deepEqual(found(index, asked), expected);
    }),
  );
});

test('the root covers the * of OPTIONS, no other prefix does', () => {
  const index = new PathIndex(
    new Map(),
    new Map([
      ['', 'root'],
      ['/a', 'a'],
    ]),
  );
  assert.deepEqual(found(index, '*'), ['root']);
});

test('a path of the same hash and length as a prefix is not taken for it', () => {
  // FNV-1a is easily collided, and the path is the client's to choose.
  const [prefix, collision] = ['/000uzx', '/00b2ad'];
  const one = new PathIndex(new Map(), new Map([[prefix, prefix]]));
  assert.deepEqual(found(one, collision), []);
  const both = new PathIndex(new Map(), new Map([prefix, collision].map((key) => [key, key])));
  assert.deepEqual([found(both, prefix), found(both, collision)], [[prefix], [collision]]);
});

test('prefixes that share a place in the table do not hide each other', () => {
  const keys = Array.from({ length: 5000 }, (_, i) => `/service-${i}/v1`);
  const index = new PathIndex(new Map(), new Map(keys.map((key) => [key, key])));
  for (const key of keys) assert.deepEqual(found(index, `${key}/x`), [key]);
  assert.deepEqual(found(index, '/service-5000/v1'), []);
});

test('the prefix of elements of a text ends before its last slash', () => {
  assert.deepEqual(['/api/v', '/api/', '/api', ''].map(elementPrefix), ['/api', '/api', '', '']);
});
