import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMirrored, type MirrorFilter } from './mirror.ts';

function mirror(share: number): MirrorFilter {
  return { kind: 'mirror', cluster: 'shadow', share };
}

test('share 0 copies no request, the whole share all of them', () => {
  assert.ok(!isMirrored(mirror(0), 0));
  assert.ok(isMirrored(mirror(1_000_000), 1 - Number.EPSILON / 2));
});

test('a share copies its part of the random numbers', () => {
  assert.ok(isMirrored(mirror(250_000), 0.2499));
  assert.ok(!isMirrored(mirror(250_000), 0.25));
});
