import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APPLICATION_BACKOFF, NO_RESTARTS, nextRestart, OWN_BACKOFF } from './restart-backoff.ts';

test('delays double from the first to the longest', () => {
  let history = NO_RESTARTS;
  const delays: number[] = [];
  for (let attempt = 0; attempt < 8; attempt++) {
    const next = nextRestart(history, APPLICATION_BACKOFF, 1000, 1001);
    delays.push(next.delayMs);
    history = next.history;
  }
  assert.deepEqual(delays, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  assert.deepEqual(history, { restarts: 8, since: 1001 });
});

test('a process that ran long enough begins anew', () => {
  const history = { restarts: 6, since: 0 };
  assert.deepEqual(nextRestart(history, APPLICATION_BACKOFF, 1000, 31_000), {
    history: { restarts: 1, since: 31_000 },
    delayMs: 200,
  });
});

test('our own processes are back at once', () => {
  assert.equal(nextRestart(NO_RESTARTS, OWN_BACKOFF, 0, 1).delayMs, 10);
});
