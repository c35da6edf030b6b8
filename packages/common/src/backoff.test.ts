import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from './backoff.ts';

test('the bound doubles up to the cap and begins anew after a success', () => {
  const backoff = new Backoff({ baseMs: 100, capMs: 1000, random: () => 0.999 });
  const delays = [1, 2, 3, 4, 5, 6].map(() => backoff.next());
  assert.deepEqual(delays, [100, 200, 400, 799, 999, 999]);
  backoff.reset();
  assert.equal(backoff.next(), 100);
});

test('the jitter is full: a delay may be nothing', () => {
  assert.equal(new Backoff({ random: () => 0 }).next(), 0);
});

test('a thousand failures do not overflow', () => {
  const backoff = new Backoff({ random: () => 0.5 });
  for (let attempt = 0; attempt < 1000; attempt++) backoff.next();
  assert.equal(backoff.next(), 7500);
});
