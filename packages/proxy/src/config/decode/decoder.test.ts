import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  array,
  type Decoder,
  decode,
  defaulted,
  derived,
  integer,
  object,
  oneOf,
  optional,
  required,
  string,
  tagged,
} from './decoder.ts';

interface Box {
  readonly label: string;
  readonly size: number;
  readonly tags?: readonly string[];
}

const box = object<Box>({
  label: required(string),
  size: defaulted(integer(1, 9), 3),
  tags: optional(array(string)),
});

function errorsOf(decoder: Decoder<unknown>, value: unknown): readonly string[] {
  const decoded = decode(decoder, value);
  return 'errors' in decoded ? decoded.errors.map(({ field, message }) => `${field}: ${message}`) : [];
}

test('defaults are filled in, and what is optional stays away', () => {
  assert.deepEqual(decode(box, { label: 'a' }), { value: { label: 'a', size: 3 } });
});

test('every error is told, with the path of its field', () => {
  assert.deepEqual(errorsOf(array(box), [{ label: 'a' }, { size: 10, tags: ['a', 1], lable: 'b' }, null]), [
    '[1].lable: unknown field `lable`; did you mean `label`?',
    '[1].label: is missing',
    '[1].size: has to be a whole number from 1 to 9, not 10',
    '[1].tags[1]: has to be a text, not 1',
    '[2]: has to be an object, not null',
  ]);
});

test('a field that resembles none is answered with those that there are', () => {
  assert.deepEqual(errorsOf(box, { label: 'a', colour: 'red' }), [
    'colour: unknown field `colour`; known are label, size, tags',
  ]);
});

test('the wrong case is close enough for a hint, and an inherited name is no field', () => {
  assert.deepEqual(errorsOf(box, { LABEL: 'a', label: 'a' }), [
    'LABEL: unknown field `LABEL`; did you mean `label`?',
  ]);
  assert.deepEqual(errorsOf(box, JSON.parse('{"label":"a","__proto__":{"size":1}}')), [
    '__proto__: unknown field `__proto__`; known are label, size, tags',
  ]);
});

test('a null is not an absent field', () => {
  assert.deepEqual(errorsOf(box, { label: 'a', tags: null }), ['tags: has to be a list, not null']);
});

test('a default can come from another field', () => {
  const pair = object<{ a: string; b: string }>({
    a: required(string),
    b: derived(string, ({ a }) => `${a}!`),
  });
  assert.deepEqual(decode(pair, { a: 'x' }), { value: { a: 'x', b: 'x!' } });
});

test('a union is told by its kind', () => {
  const shape = tagged<{ kind: 'dot' } | { kind: 'line'; length: number }>({
    dot: object<{ kind: 'dot' }>({ kind: required(oneOf('dot')) }),
    line: object<{ kind: 'line'; length: number }>({
      kind: required(oneOf('line')),
      length: required(integer(0, 9)),
    }),
  });
  assert.deepEqual(decode(shape, { kind: 'line', length: 1 }), { value: { kind: 'line', length: 1 } });
  assert.deepEqual(errorsOf(shape, { kind: 'dot', length: 1 }), [
    'length: unknown field `length`; known are kind',
  ]);
  assert.deepEqual(errorsOf(shape, { kind: 'circle' }), ['kind: has to be one of dot, line, not "circle"']);
  assert.deepEqual(errorsOf(shape, {}), ['kind: is missing']);
});

test('decoded objects and lists are frozen', () => {
  const decoded = decode(box, { label: 'a', tags: [] });
  assert.ok('value' in decoded && Object.isFrozen(decoded.value) && Object.isFrozen(decoded.value.tags));
});
