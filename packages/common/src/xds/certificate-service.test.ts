import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeSignCertificateRequest,
  decodeSignCertificateResponse,
  encodeSignCertificateRequest,
  encodeSignCertificateResponse,
} from './certificate-service.ts';

test('request and response survive', () => {
  const request = { csr: '-----BEGIN CERTIFICATE REQUEST-----' };
  assert.deepEqual(decodeSignCertificateRequest(encodeSignCertificateRequest(request)), request);
  const response = { chain: 'leaf and intermediate', roots: ['old', 'new'] };
  assert.deepEqual(decodeSignCertificateResponse(encodeSignCertificateResponse(response)), response);
  assert.deepEqual(decodeSignCertificateResponse(Buffer.alloc(0)), { chain: '', roots: [] });
});
