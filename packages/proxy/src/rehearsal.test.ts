import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rehearse } from './rehearsal.ts';

test('without an identity there is nothing to rehearse', async () => {
  await rehearse({ current: undefined, onRotate: () => assert.fail('somebody waits for one') });
});
