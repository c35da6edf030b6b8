import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatNack, parseNack } from './nack.ts';

/** Records with a prototype, as the decoders make them. */
function plainRecord<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

test('a refusal names object and field in one line', () => {
  const refused = {
    type: 'Outbound',
    name: 'bookshop/reviews:80',
    field: 'rules[0].matches[1].path.value',
    message: 'not an RE2 expression: missing )',
  };
  const line =
    'Outbound bookshop/reviews:80: rules[0].matches[1].path.value: not an RE2 expression: missing )';
  assert.equal(formatNack([refused]), line);
  assert.deepEqual(parseNack(line), [refused]);
});

test('refusals survive, also of whole resources', () => {
  const refusal = plainRecord({
    type: fc.constantFrom('Outbound', 'Cluster', 'Inbound'),
    name: fc.stringMatching(/^[a-z0-9/.:-]{1,20}$/).filter((name) => !name.endsWith(':')),
    field: fc.constantFrom('', 'rules', 'rules[0].backends[12].weight', 'a.b-c'),
    message: fc.string().map((message) => message.replace(/[\r\n]+/g, ' ')),
  });
  fc.assert(
    fc.property(fc.array(refusal, { minLength: 1 }), (refused) => {
      assert.deepEqual(parseNack(formatNack(refused)), refused);
    }),
  );
});

test('a message of several lines can not forge another refusal', () => {
  const text = formatNack([
    { type: 'Outbound', name: 'a:80', field: 'x', message: 'bad\nCluster b:80: y: forged' },
  ]);
  assert.deepEqual(
    parseNack(text).map(({ name }) => name),
    ['a:80'],
  );
});

test("another client's words are no refusal of ours", () => {
  assert.deepEqual(parseNack('Error adding/updating listener(s)\nfoo'), []);
});
