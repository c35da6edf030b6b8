import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GrpcMessages } from './grpc-messages.ts';

function framed(lengths: readonly number[]): Buffer {
  return Buffer.concat(
    lengths.map((length, i) => {
      // 0xff: neither flags nor content may be taken for a length.
      const message = Buffer.alloc(5 + length, 0xff);
      message[0] = i % 2;
      message.writeUInt32BE(length, 1);
      return message;
    }),
  );
}

function counted(bytes: Buffer, cuts: readonly number[]): number {
  const counter = new GrpcMessages();
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    counter.take(bytes.subarray(from, cut));
    from = cut;
  }
  counter.take(bytes.subarray(from));
  return counter.count;
}

test('messages are counted wherever the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 20 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
      (lengths, places) => {
        const bytes = framed(lengths);
        const cuts = places.map((place) => Math.floor(place * bytes.length));
        assert.equal(counted(bytes, cuts), lengths.length);
      },
    ),
  );
});

test('byte by byte is as good as in one piece', () => {
  const bytes = framed([0, 70_000, 3]);
  assert.equal(counted(bytes, [...bytes.keys()]), 3);
});

test('a message counts when its prefix is there, also one of 4 GiB', () => {
  const counter = new GrpcMessages();
  counter.take(Buffer.from([0, 0xff, 0xff, 0xff]));
  assert.equal(counter.count, 0);
  counter.take(Buffer.from([0xff]));
  assert.equal(counter.count, 1);
  counter.take(Buffer.alloc(65_536));
  assert.equal(counter.count, 1);
});
