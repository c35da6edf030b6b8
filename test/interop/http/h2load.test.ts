// Reading h2load's summary.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseH2load } from './h2load.ts';

function summary(succeeded: number, codes: string): string {
  return `progress: 100% done

finished in 8.58s, 19.69 req/s, 21.53MB/s
requests: 200 total, 200 started, 200 done, ${succeeded} succeeded, ${200 - succeeded} failed, 31 errored, 0 timeout
status codes: ${codes}
`;
}

test('a request counts when it was answered with 2xx and not broken off', () => {
  const wanted = { requests: 200, succeeded: 169, perSecond: 19.69 };
  assert.deepEqual(parseH2load(summary(169, '200 2xx, 0 3xx, 0 4xx, 0 5xx')), wanted);
});

test('an answer with another status is none', () => {
  const { succeeded } = parseH2load(summary(200, '150 2xx, 0 3xx, 0 4xx, 50 5xx')) ?? {};
  assert.equal(succeeded, 0);
});

test('no summary is not taken for one of zero requests', () => {
  assert.equal(parseH2load('Could not resolve host'), undefined);
});
