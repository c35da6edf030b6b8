import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PUSH_ORDER } from './push-order.ts';

test('all additions come before all removals, what is referred to first and last', () => {
  const steps = PUSH_ORDER.map(({ type, change }) => `${change} ${type}`);
  const before = (first: string, second: string) => {
    assert.ok(steps.includes(first) && steps.indexOf(first) < steps.indexOf(second), `${first} ${second}`);
  };
  before('add Cluster', 'add Outbound');
  before('add Endpoints', 'add Outbound');
  before('add Outbound', 'remove Outbound');
  before('remove Outbound', 'remove Endpoints');
  before('remove Outbound', 'remove Cluster');
  assert.equal(steps.findLastIndex((step) => step.startsWith('add')) + 1, steps.length / 2);
});
