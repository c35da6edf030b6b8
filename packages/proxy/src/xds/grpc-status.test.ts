import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeGrpcMessage, GRPC_STATUS, statusOfHttp } from './grpc-status.ts';

test("an HTTP status without gRPC's is told in gRPC's words", () => {
  const codes = [400, 401, 403, 404, 429, 502, 503, 504, 500, 302].map((status) => statusOfHttp(status).code);
  const { INTERNAL, UNAUTHENTICATED, PERMISSION_DENIED, UNIMPLEMENTED, UNAVAILABLE, UNKNOWN } = GRPC_STATUS;
  assert.deepEqual(codes, [
    INTERNAL,
    UNAUTHENTICATED,
    PERMISSION_DENIED,
    UNIMPLEMENTED,
    ...Array(4).fill(UNAVAILABLE),
    UNKNOWN,
    UNKNOWN,
  ]);
  assert.match(statusOfHttp(404).message, /HTTP status 404/);
});

test('messages are percent-decoded, odd ones stay as they are', () => {
  assert.equal(decodeGrpcMessage('no%20such%20%E2%82%AC'), 'no such €');
  assert.equal(decodeGrpcMessage('100 %'), '100 %');
});
