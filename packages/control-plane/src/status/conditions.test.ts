import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../model/finding.ts';
import { toConditions } from './conditions.ts';

const summary = (findings: readonly Finding[]) =>
  toConditions(['Accepted', 'ResolvedRefs', 'Programmed'], findings, undefined).map(
    ({ type, status, reason }) => `${type}=${status} ${reason}`,
  );

test('a condition holds until a finding is against it', () => {
  assert.deepEqual(summary([{ reason: 'Odd', message: 'a warning' }]), [
    'Accepted=True Accepted',
    'ResolvedRefs=True ResolvedRefs',
    'Programmed=True Programmed',
  ]);
  assert.deepEqual(summary([{ condition: 'ResolvedRefs', reason: 'BackendNotFound', message: 'gone' }]), [
    'Accepted=True Accepted',
    'ResolvedRefs=False BackendNotFound',
    'Programmed=True Programmed',
  ]);
});

test('what is not accepted is not programmed either', () => {
  assert.deepEqual(summary([{ condition: 'Accepted', reason: 'Conflicted', message: 'older one' }]), [
    'Accepted=False Conflicted',
    'ResolvedRefs=True ResolvedRefs',
    'Programmed=False NotAccepted',
  ]);
});

test('the first finding gives the reason, and each gives its message once', () => {
  const [condition] = toConditions(
    ['Accepted'],
    [
      { condition: 'Accepted', reason: 'First', message: 'one', field: 'spec.a' },
      { condition: 'Accepted', reason: 'Second', message: 'two' },
      { condition: 'Accepted', reason: 'Second', message: 'two' },
    ],
    7,
  );
  assert.equal(condition?.reason, 'First');
  assert.equal(condition?.message, 'spec.a: one; two');
  assert.equal(condition?.observedGeneration, 7);
});
