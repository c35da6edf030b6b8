import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { column, jsonString, quotedColumn } from './log-text.ts';

const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;
const anyText = fc.string({ unit: 'binary' });

test('a JSON string reads back as what it was made from and has no control characters', () => {
  fc.assert(
    fc.property(anyText, (value) => {
      const text = jsonString(value);
      assert.equal(JSON.parse(text), value);
      assert.doesNotMatch(text, CONTROLS);
    }),
  );
});

test('a column without quotes has nothing that ends it', () => {
  fc.assert(
    fc.property(anyText, (value) => assert.doesNotMatch(column(value), /[\s"\\\u0000-\u001f\u007f-\u009f]/)),
  );
});

test('columns show what is missing as a dash', () => {
  assert.equal(column(undefined), '-');
  assert.equal(column(''), '-');
  assert.equal(column(0), '0');
  assert.equal(quotedColumn(undefined), '"-"');
  assert.equal(quotedColumn('a b'), '"a b"');
});
