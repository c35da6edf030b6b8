import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  GRPC_STATUS,
  grpcStatusName,
  grpcStatusOfHttp,
  httpStatusOfGrpc,
  parseGrpcStatus,
} from './grpc-status.ts';

test('every code has the place that gRPC gives it', () => {
  assert.deepEqual(
    Object.values(GRPC_STATUS),
    Array.from({ length: 17 }, (_, code) => code),
  );
  assert.equal(grpcStatusName(14), 'Unavailable');
});

test('what is no code is Unknown', () => {
  assert.equal(parseGrpcStatus('0'), GRPC_STATUS.OK);
  assert.equal(parseGrpcStatus('16'), GRPC_STATUS.Unauthenticated);
  for (const value of ['', '17', '-1', '99999999999', '1e1', ' 5', 'OK']) {
    assert.equal(parseGrpcStatus(value), GRPC_STATUS.Unknown, value);
  }
});

test('an HTTP answer without a grpc-status stands for the code that clients take it for', () => {
  const codes = [400, 401, 403, 404, 429, 502, 503, 504, 500, 200, 302].map(grpcStatusOfHttp);
  assert.deepEqual(codes, [13, 16, 7, 12, 14, 14, 14, 14, 2, 2, 2]);
});

test('failures of the server are told from those of the caller by the HTTP status', () => {
  const failures = Object.values(GRPC_STATUS).filter((code) => httpStatusOfGrpc(code) >= 500);
  assert.deepEqual(failures.map(grpcStatusName), [
    'Unknown',
    'DeadlineExceeded',
    'Unimplemented',
    'Internal',
    'Unavailable',
    'DataLoss',
  ]);
});
