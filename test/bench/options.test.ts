import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions, UsageError } from './options.ts';
import { SCENARIOS } from './scenario.ts';
import { TARGETS } from './targets/catalogue.ts';

test('without arguments every scenario and every target but those on request is measured', () => {
  const options = parseOptions([]);
  assert.equal(options?.scenarios, SCENARIOS);
  const named = TARGETS.map(({ name }) => name);
  assert.deepEqual(
    options?.targets,
    named.filter((name) => name !== 'weft-bun'),
  );
  assert.deepEqual(parseOptions(['--targets', 'weft-bun'])?.targets, ['weft-bun']);
});

test('every target of a scenario, and every target and peer of its bars, is in the catalogue', () => {
  const known = new Set(TARGETS.map(({ name }) => name));
  for (const { name, targets, bars } of SCENARIOS) {
    const used = [...targets, ...bars.flatMap(({ target, peer }) => [target, peer ?? target])];
    assert.deepEqual(
      used.filter((target) => !known.has(target)),
      [],
      name,
    );
  }
});

test('--quick is one round of one second, and a given value wins', () => {
  const options = parseOptions(['--quick', '--secs', '2']);
  assert.equal(options?.rounds, 1);
  assert.equal(options?.seconds, 2);
  assert.equal(options?.quietSeconds, 0);
});

test('an unknown scenario, target, option or number is refused by name', () => {
  assert.throws(() => parseOptions(['http9']), /no scenario 'http9'/);
  assert.throws(() => parseOptions(['--targets', 'weft,caddy']), /no target 'caddy'/);
  assert.throws(() => parseOptions(['--fast']), UsageError);
  assert.throws(() => parseOptions(['--rounds', '0']), /--rounds 0: a whole number/);
});

test('--help asks for nothing to be measured', () => {
  assert.equal(parseOptions(['--help']), undefined);
});
