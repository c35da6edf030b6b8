// Reading h2spec's report.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJunit } from './junit.ts';

test('a case is named by the number that h2spec takes to run it alone', () => {
  const { total, skipped, failed } = parseJunit(`<testsuites>
    <testsuite name="5.1. Stream States" package="http2/5.1" tests="3" errors="1">
      <testcase package="http2/5.1" classname="idle: Sends &#34;DATA&#34;" time="0.0001"></testcase>
      <testcase package="http2/5.1" classname="idle: Sends &lt;PING&gt;" time="3.0">
        <error>GOAWAY Frame (Error Code: STREAM_CLOSED)
Connection closed</error>
      </testcase>
      <testcase package="http2/5.1" classname="other" time="3.0"><skipped></skipped></testcase>
    </testsuite>
    <testsuite name="4.1" package="http2/4.1" tests="1"><testcase package="http2/4.1" classname="a" time="1"></testcase></testsuite>
  </testsuites>`);
  assert.equal(total, 4);
  assert.deepEqual(failed, ['http2/5.1/2: idle: Sends <PING>']);
  assert.deepEqual(skipped, ['http2/5.1/3: other']);
});
