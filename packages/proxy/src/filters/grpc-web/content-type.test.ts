import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerFormat, grpcContentType, grpcWebContentType, grpcWebFormat } from './content-type.ts';

test('gRPC-Web is told by its content types, text or not', () => {
  assert.deepEqual(grpcWebFormat('application/grpc-web'), { isText: false, codec: '' });
  assert.deepEqual(grpcWebFormat('application/grpc-web+proto'), { isText: false, codec: '+proto' });
  assert.deepEqual(grpcWebFormat('application/grpc-web-text'), { isText: true, codec: '' });
  assert.deepEqual(grpcWebFormat('Application/gRPC-Web-Text+json ; charset=utf-8'), {
    isText: true,
    codec: '+json',
  });
});

test('everything else is not', () => {
  for (const type of [undefined, '', 'application/grpc', 'application/grpc+proto', 'application/grpc-webx']) {
    assert.equal(grpcWebFormat(type), undefined, String(type));
  }
});

test('the answer is text where the client sends text or asks for it', () => {
  const bytes = { isText: false, codec: '+proto' };
  assert.equal(answerFormat(bytes, undefined).isText, false);
  assert.equal(answerFormat(bytes, '*/*').isText, false);
  assert.equal(answerFormat(bytes, 'application/grpc-web-text, */*').isText, true);
  assert.equal(answerFormat({ isText: true, codec: '' }, 'application/grpc-web').isText, true);
});

test('the message format goes over to gRPC and back', () => {
  assert.equal(grpcContentType({ isText: true, codec: '' }), 'application/grpc+proto');
  assert.equal(grpcContentType({ isText: false, codec: '+json' }), 'application/grpc+json');
  assert.equal(
    grpcWebContentType({ isText: true, codec: '' }, 'application/grpc'),
    'application/grpc-web-text+proto',
  );
  assert.equal(
    grpcWebContentType({ isText: false, codec: '+proto' }, 'application/grpc+json'),
    'application/grpc-web+json',
  );
});
