// However the bytes of a connection are cut into chunks, the same frames are read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FLAG, FRAME } from './frame.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { frame } from './testing/raw-peer.ts';

const MAX_FRAME_SIZE = 300;

/** What a reader says, with the pieces of a DATA frame put together. */
function eventsOf(chunks: readonly Buffer[]): string[] {
  const events: string[] = [];
  let data = '';
  const sink: FrameSink = {
    onFrame: (type, flags, streamId, bytes, start, end) =>
      events.push(`${type} ${flags} ${streamId} ${bytes.toString('hex', start, end)}`),
    onDataStart: (flags, streamId, length) => {
      data = `DATA ${flags} ${streamId} ${length} `;
    },
    onDataPart: (chunk, start, end) => {
      assert.ok(end > start);
      data += chunk.toString('hex', start, end);
    },
    onDataEnd: () => events.push(data),
    onBroken: (refusal) => events.push(refusal.details),
  };
  const reader = new FrameReader(sink, MAX_FRAME_SIZE);
  for (const chunk of chunks) {
    // As with shared reads (transport/shared-read.ts): the bytes are gone after the event.
    const shared = Buffer.from(chunk);
    reader.read(shared, 0);
    shared.fill(0);
  }
  return events;
}

/** `sizes`: of the chunks, over and over. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] as number;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

const anyFrame = fc
  .record({
    type: fc.oneof(fc.constant(FRAME.data), fc.nat(12)),
    flags: fc.oneof(fc.constantFrom(0, FLAG.endStream, FLAG.padded), fc.nat(255)),
    streamId: fc.nat(0x7fff_ffff),
    payload: fc.uint8Array({ maxLength: MAX_FRAME_SIZE + 1 }),
    padding: fc.nat(40),
  })
  .map(({ type, flags, streamId, payload, padding }) => {
    // Mostly padding that fits.
    if ((flags & FLAG.padded) !== 0 && payload.length > 0) payload[0] = padding;
    return frame(type, flags, streamId, Buffer.from(payload));
  });

test('any split of the bytes gives the same frames', () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1, maxLength: 8 }),
      (frames, sizes) => {
        const bytes = Buffer.concat(frames);
        assert.deepEqual(eventsOf(cut(bytes, sizes)), eventsOf([bytes]));
      },
    ),
    { numRuns: 2_000 },
  );
});

test('frames are read byte by byte', () => {
  const bytes = Buffer.concat([
    frame(FRAME.ping, 0, 0, Buffer.from('12345678')),
    frame(FRAME.data, FLAG.padded | FLAG.endStream, 1, Buffer.from('\x03abcxyz')),
    frame(FRAME.data, 0, 3),
    frame(FRAME.settings, FLAG.ack, 0),
  ]);
  assert.deepEqual(eventsOf(cut(bytes, [1])), [
    '6 0 0 3132333435363738',
    'DATA 9 1 7 616263',
    'DATA 0 3 0 ',
    '4 1 0 ',
  ]);
});

test('nothing is read behind a frame that is too long, or whose padding is', () => {
  const after = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
  const long = frame(FRAME.headers, 0, 1, Buffer.alloc(MAX_FRAME_SIZE + 1));
  assert.deepEqual(eventsOf([long, after]), ['http2.frame_too_long']);
  const padded = frame(FRAME.data, FLAG.padded, 1, Buffer.from([5, 1, 2]));
  assert.deepEqual(eventsOf([Buffer.concat([padded, after])]), ['http2.invalid_padding']);
});
