import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasLabels, type LabelSelector, matchesSelector } from './label-selector.ts';

const labels = { app: 'shop', version: 'v2' };

function expression(operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', key: string, values?: string[]) {
  const selector: LabelSelector = {
    matchExpressions: [values ? { key, operator, values } : { key, operator }],
  };
  return matchesSelector(labels, selector);
}

test('all wanted labels have to be there', () => {
  assert.equal(hasLabels(labels, {}), true);
  assert.equal(hasLabels(labels, { app: 'shop' }), true);
  assert.equal(hasLabels(labels, { app: 'shop', version: 'v1' }), false);
  assert.equal(hasLabels(labels, { tier: 'web' }), false);
});

test('an empty selector matches everything', () => {
  assert.equal(matchesSelector(labels, {}), true);
});

test('expressions follow Kubernetes, also for keys that are absent', () => {
  assert.equal(expression('In', 'version', ['v1', 'v2']), true);
  assert.equal(expression('In', 'tier', ['web']), false);
  assert.equal(expression('NotIn', 'version', ['v2']), false);
  assert.equal(expression('NotIn', 'tier', ['web']), true);
  assert.equal(expression('Exists', 'app'), true);
  assert.equal(expression('Exists', 'tier'), false);
  assert.equal(expression('DoesNotExist', 'app'), false);
  assert.equal(expression('DoesNotExist', 'tier'), true);
});

test('labels and expressions have to match both', () => {
  const selector: LabelSelector = {
    matchLabels: { app: 'shop' },
    matchExpressions: [{ key: 'version', operator: 'In', values: ['v1'] }],
  };
  assert.equal(matchesSelector(labels, selector), false);
});
