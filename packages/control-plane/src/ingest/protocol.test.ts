import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protocolOfAppProtocol, protocolOfPortName } from './protocol.ts';

test('appProtocol is a whole name, in any case', () => {
  assert.equal(protocolOfAppProtocol('HTTP'), 'http');
  assert.equal(protocolOfAppProtocol('kubernetes.io/h2c'), 'http2');
  assert.equal(protocolOfAppProtocol('kubernetes.io/wss'), 'tls');
  assert.equal(protocolOfAppProtocol('kubernetes.io/ws'), 'http');
  assert.equal(protocolOfAppProtocol('https'), 'tls');
  assert.equal(protocolOfAppProtocol('mqtts'), 'tls');
  assert.equal(protocolOfAppProtocol('gRPC'), 'grpc');
  assert.equal(protocolOfAppProtocol('postgresql'), 'tcp');
  assert.equal(protocolOfAppProtocol('http-web'), undefined);
  assert.equal(protocolOfAppProtocol('kubernetes.io/ssh'), undefined);
});

test('a port name declares by its first element, or its first two', () => {
  assert.equal(protocolOfPortName('http'), 'http');
  assert.equal(protocolOfPortName('http-metrics'), 'http');
  assert.equal(protocolOfPortName('http2-api'), 'http2');
  assert.equal(protocolOfPortName('grpc-api'), 'grpc');
  assert.equal(protocolOfPortName('grpc-web'), 'http');
  assert.equal(protocolOfPortName('grpc-web-api'), 'http');
  assert.equal(protocolOfPortName('https-admin'), 'tls');
  assert.equal(protocolOfPortName('redis-0'), 'tcp');
  assert.equal(protocolOfPortName('httpbin'), undefined);
  assert.equal(protocolOfPortName('web-http'), undefined);
  assert.equal(protocolOfPortName(''), undefined);
});
