import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visits } from './rounds.ts';

test('every other round goes backwards', () => {
  assert.deepEqual(
    visits(['A', 'B', 'C'], 3).map(({ one, round }) => `${one}${round}`),
    ['A0', 'B0', 'C0', 'C1', 'B1', 'A1', 'A2', 'B2', 'C2'],
  );
});
