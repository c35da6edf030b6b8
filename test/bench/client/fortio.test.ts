import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFortio } from './fortio.ts';

const REPORT = {
  ActualQPS: 999.5,
  RetCodes: { SERVING: 990, '2': 9 },
  DurationHistogram: {
    Count: 999,
    Percentiles: [
      { Percentile: 50, Value: 0.0005 },
      { Percentile: 99, Value: 0.004 },
    ],
  },
};

test('a report gives its rate, its percentiles, and calls that did not succeed as failed', () => {
  assert.deepEqual(parseFortio(`Fortio 1.67.1 running\n${JSON.stringify(REPORT)}`), {
    requests: 990,
    failed: 9,
    perSecond: 999.5,
    p50Us: 500,
    p99Us: 4000,
  });
});

test('a report that cannot be read is an error, never a rate of 0', () => {
  assert.throws(() => parseFortio('dial tcp 127.0.0.1:1: connection refused'), /connection refused/);
});
