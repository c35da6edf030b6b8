import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGrpcCallType, isGrpcContentType } from './is-grpc.ts';

test('gRPC is told by the content type, with codec or parameters', () => {
  for (const type of ['application/grpc', 'application/grpc+proto', 'application/grpc;charset=utf-8']) {
    assert.ok(isGrpcContentType(type), type);
  }
});

test('gRPC-Web and what only looks alike is not gRPC', () => {
  for (const type of [
    undefined,
    '',
    'application/grp',
    'application/grpc-web',
    'application/grpc-web-text+proto',
    'application/grpcx',
    'application/json',
  ]) {
    assert.ok(!isGrpcContentType(type), String(type));
  }
});

test('a route for gRPC is for gRPC-Web too, and for nothing else', () => {
  for (const type of ['application/grpc', 'application/grpc-web', 'application/grpc-web-text+proto']) {
    assert.ok(isGrpcCallType(type), type);
  }
  for (const type of [undefined, '', 'application/grpc-webx', 'application/grpc-web-', 'application/json']) {
    assert.ok(!isGrpcCallType(type), String(type));
  }
});
