import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Labels, labels } from '../metrics/labels.ts';
import { Registry } from '../metrics/registry.ts';
import { render } from '../metrics/render.ts';
import { parseLabels, parseSamples } from './parse.ts';

function parse(text: string, ...wanted: string[]) {
  const samples: [name: string, labels: string, value: number][] = [];
  const unreadable = parseSamples(Buffer.from(text), new Set(wanted), (...sample) => samples.push(sample));
  return { samples, unreadable };
}

test('samples of the names wanted are read and the others skipped', () => {
  const text = `# HELP a_total Help with a_total{x="1"} 5 in it.
# TYPE a_total counter
a_total{x="1",y="2"} 5
a_total 6.5

b{x="1"} 7
a_total_more 1
a_total{x="}\\"\\\\"} 1e3 1395066363000
	a_total 9
a_total {x="1"}	 +Inf
a_total -Inf
a_total NaN`;
  const { samples, unreadable } = parse(text, 'a_total');
  assert.deepEqual(samples, [
    ['a_total', 'x="1",y="2"', 5],
    ['a_total', '', 6.5],
    ['a_total', 'x="}\\"\\\\"', 1000],
    ['a_total', 'x="1"', Infinity],
    ['a_total', '', -Infinity],
    ['a_total', '', NaN],
  ]);
  assert.equal(unreadable, 0);
});

test('wanted lines that can not be read are counted', () => {
  const { samples, unreadable } = parse('a{x="1" 5\na five\na\na{} 1\n', 'a');
  assert.deepEqual(samples, [['a', '', 1]]);
  assert.equal(unreadable, 3);
});

test('labels are read with their escapes, blanks and a comma at the end', () => {
  assert.deepEqual(
    [...(parseLabels('a="1",b="x\\"\\\\\\ny", c = "é{}," ,') ?? [])],
    [
      ['a', '1'],
      ['b', 'x"\\\ny'],
      ['c', 'é{},'],
    ],
  );
  assert.equal(parseLabels('')?.size, 0);
});

test('what is not a label set is not read as one', () => {
  for (const text of ['a', 'a=1', 'a="1', 'a="1" b="2"', '="1"', 'a="\\"']) {
    assert.equal(parseLabels(text), undefined, text);
  }
});

test('whatever is written can be read back', () => {
  const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,8}$/).filter((text) => text !== 'le');
  const value = fc.string({ unit: 'grapheme' });
  const set = fc.dictionary(name, value, { noNullPrototype: true });
  fc.assert(
    fc.property(set, fc.double({ noNaN: true }), (values, amount) => {
      const registry = new Registry();
      const gauge = registry.gauge('x', 'x');
      const written: Labels = labels(values);
      gauge.set(gauge.series(written), amount);
      const { samples, unreadable } = parse(render(registry, 'prometheus'), 'x');
      assert.equal(unreadable, 0);
      assert.equal(samples.length, 1);
      const [, text, read] = samples[0]!;
      assert.deepEqual([...(parseLabels(text) ?? [])], Object.entries(values));
      // 0 and -0 are written alike.
      assert.equal(read, amount === 0 ? 0 : amount);
    }),
  );
});
