import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseH2load } from './h2load.ts';

const REPORT = `finished in 1.00s, 38236.00 req/s, 39.12MB/s
requests: 38236 total, 38364 started, 38236 done, 38230 succeeded, 6 failed, 1 errored, 0 timeout
status codes: 38230 2xx, 0 3xx, 6 4xx, 0 5xx
traffic: 39.12MB (41020000) total, 37.34KB (38236) headers (space savings 95.00%), 37.34MB (39153664) data
                     min         max         mean         sd        +/- sd
time for request:      912us     12.31ms      3.28ms      1.01ms    81.20%
time for connect:       88us       301us       180us        70us    62.50%
`;

test('a report gives its rate, its answers and its mean', () => {
  assert.deepEqual(parseH2load(REPORT), { requests: 38230, failed: 7, perSecond: 38236, meanUs: 3280 });
});

test('a report that cannot be read is an error, never a rate of 0', () => {
  assert.throws(() => parseH2load('[ERROR] Could not connect to the address 127.0.0.1'), /Could not connect/);
});
