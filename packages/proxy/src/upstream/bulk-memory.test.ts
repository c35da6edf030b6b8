import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BULK_BYTES, BulkMemory } from './bulk-memory.ts';

test('one connection that carries much is enough, and a few that carry little are too', () => {
  const memory = new BulkMemory(2_097_152, 1 / 4);
  assert.ok(!memory.isBulky);
  memory.record(BULK_BYTES * 1_000);
  assert.ok(memory.isBulky);
  for (let i = 0; i < 3; i++) memory.record(100);
  assert.ok(!memory.isBulky);
});

test('many connections that carry little never are', () => {
  const memory = new BulkMemory(2_097_152, 1 / 4);
  for (let i = 0; i < 1_000; i++) memory.record(1_000_000);
  assert.ok(!memory.isBulky);
});
