import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeGrpcMessage, encodeGrpcMessage } from './grpc-message.ts';

test('what is encoded is printable ASCII and reads as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const encoded = encodeGrpcMessage(text);
      assert.match(encoded, /^[\x20-\x7e]*$/);
      assert.equal(decodeGrpcMessage(encoded), text);
    }),
  );
});

test('a plain text stays readable, a line feed and a percent sign are encoded', () => {
  assert.equal(encodeGrpcMessage('UH no endpoint of shop/app:80'), 'UH no endpoint of shop/app:80');
  assert.equal(encodeGrpcMessage('50%\n'), '50%25%0A');
});

test('a half of a surrogate pair does not break the answer', () => {
  assert.equal(encodeGrpcMessage('a\ud800b'), 'a%EF%BF%BDb');
});

test('what is no encoding is taken literally', () => {
  assert.equal(decodeGrpcMessage('100%'), '100%');
  assert.equal(decodeGrpcMessage('%ff'), '%ff');
});
