import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WebSocketMessages } from './websocket-messages.ts';

interface Frame {
  readonly isFinal: boolean;
  readonly opcode: number;
  readonly length: number;
  readonly isMasked: boolean;
}

function written({ isFinal, opcode, length, isMasked }: Frame): Buffer {
  const mask = isMasked ? 0x80 : 0;
  const head =
    length < 126
      ? Buffer.from([0, mask | length])
      : length < 65_536
        ? Buffer.from([0, mask | 126, length >> 8, length & 0xff])
        : Buffer.from([0, mask | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff]);
  head[0] = (isFinal ? 0x80 : 0) | opcode;
  // 0xff: content and mask look like heads of other frames.
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0, 0xff), Buffer.alloc(length, 0xff)]);
}

const frame: fc.Arbitrary<Frame> = fc.record({
  isFinal: fc.boolean(),
  opcode: fc.constantFrom(0, 1, 2, 8, 9, 10),
  length: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 200 }) },
    fc.constantFrom(125, 126, 127, 65_535, 65_536),
  ),
  isMasked: fc.boolean(),
});

test('messages are counted wherever the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 12 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 }),
      (frames, places) => {
        const bytes = Buffer.concat(frames.map(written));
        const cuts = places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b);
        const counter = new WebSocketMessages();
        for (const [i, cut] of [...cuts, bytes.length].entries()) {
          counter.take(bytes.subarray(cuts[i - 1] ?? 0, cut));
        }
        assert.equal(counter.count, frames.filter(({ isFinal, opcode }) => isFinal && opcode < 8).length);
      },
    ),
  );
});

test('byte by byte is as good as in one piece', () => {
  const text = { isFinal: true, opcode: 1, isMasked: true } as const;
  const counter = new WebSocketMessages();
  for (const length of [5, 300, 70_000, 0]) {
    for (const byte of written({ ...text, length })) counter.take(Buffer.from([byte]));
  }
  assert.equal(counter.count, 4);
});

test('fragments are one message, and pings between them none', () => {
  const part = { length: 3, isMasked: true } as const;
  const counter = new WebSocketMessages();
  counter.take(written({ ...part, isFinal: false, opcode: 2 }));
  counter.take(written({ ...part, isFinal: true, opcode: 9 }));
  counter.take(written({ ...part, isFinal: false, opcode: 0 }));
  assert.equal(counter.count, 0);
  counter.take(written({ ...part, isFinal: true, opcode: 0 }));
  assert.equal(counter.count, 1);
});
