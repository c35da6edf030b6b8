import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  count,
  formatAge,
  formatBytesRate,
  formatMilliseconds,
  formatRate,
  formatShare,
} from './quantity.ts';

test('rates have one decimal while they are small', () => {
  assert.deepEqual([0, 0.04, 31.26, 99.94, 100.4, 1240].map(formatRate), [
    '0.0',
    '0.0',
    '31.3',
    '99.9',
    '100',
    '1240',
  ]);
});

test('a share never rounds to everything or nothing', () => {
  assert.deepEqual([1, 0.99999, 0.9665, 0.00001, 0, undefined].map(formatShare), [
    '100 %',
    '99.9 %',
    '96.7 %',
    '0.1 %',
    '0 %',
    '-',
  ]);
});

test('milliseconds become seconds where that reads better', () => {
  assert.deepEqual([0.81, 9.96, 12.4, 1520, undefined].map(formatMilliseconds), [
    '0.8 ms',
    '10.0 ms',
    '12 ms',
    '1.5 s',
    '-',
  ]);
});

test('ages name their two largest units', () => {
  assert.deepEqual([0, 8900, 192_000, 7_500_000, 90_000_000].map(formatAge), [
    '0s',
    '8s',
    '3m12s',
    '2h5m',
    '1d1h',
  ]);
});

test('one is singular', () => {
  assert.equal(count(1, 'replica'), '1 replica');
  assert.equal(count(0, 'replica'), '0 replicas');
});

test('bytes have the unit that leaves few digits', () => {
  assert.deepEqual([0, 120.4, 1500, 2e7, undefined].map(formatBytesRate), [
    '0 B/s',
    '120 B/s',
    '1.5 kB/s',
    '20.0 MB/s',
    '-',
  ]);
});
