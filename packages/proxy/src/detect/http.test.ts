import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectHttp } from './http.ts';

const CASES: readonly (readonly [bytes: string, spoken: ReturnType<typeof detectHttp>])[] = [
  ['', undefined],
  ['G', undefined],
  ['GET', undefined],
  ['GET ', 'http1'],
  ['DELETE /a HTTP/1.1\r\n', 'http1'],
  ['P', undefined],
  ['PR', undefined],
  ['PRI * HTTP/2.0\r', undefined],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http2'],
  ['PRINT x', 'other'],
  ['PUT /', 'http1'],
  ['GETS x', 'other'],
  ['get /', 'other'],
  ['\x16\x03\x01', 'other'],
  ['SSH-2.0', 'other'],
  ['*1\r\n$4\r\nPING\r\n', 'other'],
];
for (const [bytes, spoken] of CASES) {
  test(`${JSON.stringify(bytes)} is ${spoken ?? 'too short to tell'}`, () =>
    assert.equal(detectHttp(Buffer.from(bytes, 'latin1')), spoken));
}
