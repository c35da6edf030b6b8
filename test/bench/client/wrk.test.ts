import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWrk } from './wrk.ts';

const REPORT = `Running 1s test @ http://127.0.0.1:8080/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.31ms    0.90ms  17.02ms   94.10%
    Req/Sec    18.55k     1.20k   20.10k    80.00%
  Latency Distribution
     50%  631.00us
     75%    1.10ms
     90%    1.25ms
     99%    6.46ms
  18450 requests in 1.00s, 21.30MB read
Requests/sec:  18402.11
Transfer/sec:     21.24MB
`;

test('a report gives its rate, its answers and its percentiles', () => {
  assert.deepEqual(parseWrk(REPORT), {
    requests: 18450,
    failed: 0,
    perSecond: 18402.11,
    p50Us: 631,
    p99Us: 6460,
  });
});

test('refusals and errors of sockets count as failed', () => {
  const errors =
    '  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 100\nRequests/sec';
  assert.equal(parseWrk(REPORT.replace('Requests/sec', errors)).failed, 110);
});

test('a report that cannot be read is an error, never a rate of 0', () => {
  assert.throws(() => parseWrk('unable to connect to 127.0.0.1'), /unable to connect/);
});
