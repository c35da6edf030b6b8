import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeaderEdit } from '@weft/api/proxy-config/types';
import fc from 'fast-check';
import { compileHeaderEdits } from './header-edit.ts';

type Line = readonly [name: string, value: string];

const line = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2', '3'));
const edit: fc.Arbitrary<HeaderEdit> = fc.record({
  set: fc.array(line, { maxLength: 3 }),
  add: fc.array(line, { maxLength: 3 }),
  remove: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 2 }),
});

/** Each edit in turn on the whole message, in the order remove, set, add. */
function naive(edits: readonly HeaderEdit[], lines: readonly Line[]): readonly Line[] {
  let result = lines;
  for (const { remove, set, add } of edits) {
    result = result.filter(([name]) => !remove.includes(name));
    for (const [name, value] of set) result = [...result.filter(([other]) => other !== name), [name, value]];
    result = [...result, ...add];
  }
  return result;
}

/** The order of lines of different names says nothing (RFC 9110 5.3). */
function valuesByName(lines: readonly Line[]): Readonly<Record<string, readonly string[]>> {
  const names = [...new Set(lines.map(([name]) => name))].sort();
  return Object.fromEntries(
    names.map((name) => [name, lines.filter(([other]) => other === name).map(([, v]) => v)]),
  );
}

test('one pass of the compiled edit leaves what the edits one by one leave', () => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 3 }), fc.array(line), (edits, lines) => {
      const compiled = compileHeaderEdits(edits);
      const result = [...lines.filter(([name]) => !compiled?.drop.has(name)), ...(compiled?.lines ?? [])];
      assert.deepEqual(valuesByName(result), valuesByName(naive(edits, lines)));
    }),
  );
});

test('edits that change nothing are no edit', () => {
  assert.equal(compileHeaderEdits([]), undefined);
  assert.equal(compileHeaderEdits([{ set: [], add: [], remove: [] }]), undefined);
});

test('the lines are ready for HTTP/1.1', () => {
  const compiled = compileHeaderEdits([{ set: [['x-a', '1']], add: [['x-b', '']], remove: [] }]);
  assert.equal(compiled?.text, 'x-a: 1\r\nx-b: \r\n');
});
