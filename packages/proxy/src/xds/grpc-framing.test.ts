import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frameMessage, MessageDeframer } from './grpc-framing.ts';

/** What comes out when the bytes come in chunks of these sizes, the last ones in one. */
function deframed(stream: Buffer, sizes: readonly number[]): string[] {
  const messages: string[] = [];
  const deframer = new MessageDeframer(1000);
  let rest = stream;
  for (const size of [...sizes, stream.length]) {
    if (rest.length === 0) break;
    deframer.push(rest.subarray(0, size), (message) => messages.push(message.toString('hex')));
    rest = rest.subarray(size);
  }
  return messages;
}

test('messages come out whole however the stream is cut', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }));
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), sizes, (messages, cuts) => {
      const stream = Buffer.concat(messages.map(frameMessage));
      assert.deepEqual(
        deframed(stream, cuts),
        messages.map((message) => Buffer.from(message).toString('hex')),
      );
    }),
  );
});

test('a message is one byte 0, its length in four bytes, and itself', () => {
  assert.equal(frameMessage(Buffer.from('ab')).toString('hex'), '00000000026162');
});

test('compressed and enormous messages are refused', () => {
  const push = (hex: string) => () => new MessageDeframer(1000).push(Buffer.from(hex, 'hex'), () => {});
  assert.throws(push('0100000001ff'), /compressed/);
  assert.throws(push('00000003e9'), /1001 bytes, above 1000/);
});
