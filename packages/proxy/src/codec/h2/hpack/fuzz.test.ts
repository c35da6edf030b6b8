// What anybody may send: no block makes the decoder crash, hang, or keep more than its table.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { HpackDecoder } from './decoder.ts';
import { fieldBound, HpackEncoder } from './encoder.ts';
import { HpackError } from './hpack-error.ts';
import { MALFORMED } from './pseudo.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Fields of a block; undefined where it was refused. */
function fieldsIn(decoder: HpackDecoder, block: Uint8Array): number | undefined {
  let fields = 0;
  try {
    decoder.decode(Buffer.from(block), 0, block.length, (name, value, id, _isSensitive, size) => {
      fields++;
      assert.equal(size, name.length + value.length + 32);
      assert.ok(id >= 0 && id <= 63);
      // Whatever is not called malformed can be a line of HTTP/1.1.
      if (id !== MALFORMED)
        assert.match(`${name}\n${value}`, /^:?[!-9;-~]+\n(?![ \t])[\t -~\x80-\xff]*(?<![ \t])$/);
    });
  } catch (error) {
    if (!(error instanceof HpackError)) throw error;
    return undefined;
  }
  return fields;
}

test('random bytes are decoded or refused', () => {
  let decoded = 0;
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }), (blocks) => {
      const decoder = new HpackDecoder(4096);
      for (const block of blocks) {
        const fields = fieldsIn(decoder, block);
        if (fields === undefined) return;
        decoded += fields;
        // A byte makes a field at most.
        assert.ok(fields <= block.length);
      }
    }),
    { numRuns: 30_000 },
  );
  assert.ok(decoded > 1_000, `only ${decoded} fields came out`);
});

function validBlocks(): readonly Buffer[] {
  const encoder = new HpackEncoder();
  return Array.from({ length: 40 }, (_, i) => {
    const lines = [
      [':method', 'GET'],
      [':path', `/items/${i % 7}`],
      ['x-request-id', `3f1c2a9e-7b45-4d0e-9c1f-${String(i).padStart(12, '0')}`],
      [`x-${i % 11}`, `value ${i % 3}, with some length and "quotes" \xe9`],
      ['authorization', 'Bearer abc'],
    ] as const;
    if (i % 9 === 8) encoder.setMaxTableSize(i * 50);
    const out = Buffer.alloc(lines.reduce((sum, [name, value]) => sum + fieldBound(name, value), 0));
    encoder.begin();
    let at = 0;
    for (const [name, value] of lines) at = encoder.field(out, at, name, value, 0, false);
    return Buffer.from(out.subarray(0, at));
  });
}

test('valid blocks with bytes changed, taken out or put in are decoded or refused', () => {
  const blocks = validBlocks();
  assert.ok(blocks.every((block) => fieldsIn(new HpackDecoder(4096), block) !== 0));
  const editOf = fc.record({
    block: fc.nat(blocks.length - 1),
    at: fc.nat(200),
    remove: fc.nat(3),
    insert: fc.uint8Array({ maxLength: 3 }),
  });
  let refused = 0;
  fc.assert(
    fc.property(fc.array(editOf, { minLength: 1, maxLength: 4 }), (edits) => {
      const decoder = new HpackDecoder(4096);
      for (const [i, block] of blocks.entries()) {
        let bytes: Uint8Array = block;
        for (const edit of edits.filter((edit) => edit.block === i)) {
          const at = edit.at % (bytes.length + 1);
          bytes = Buffer.concat([bytes.subarray(0, at), edit.insert, bytes.subarray(at + edit.remove)]);
        }
        if (fieldsIn(decoder, bytes) !== undefined) continue;
        refused++;
        return;
      }
    }),
    { numRuns: 5_000 },
  );
  assert.ok(refused > 500, `only ${refused} of 5000 runs were refused`);
});

test('a bomb (one large entry, named a hundred thousand times) takes no memory and its size is told as it goes', () => {
  const decoder = new HpackDecoder(4096);
  const text = Buffer.alloc(4_000, 'a');
  const entry = Buffer.concat([Buffer.from('4001787fa11e', 'hex'), text]);
  const block = Buffer.concat([entry, Buffer.alloc(100_000, 0xbe)]);
  let size = 0;
  let taken = 0;
  collect();
  const before = process.memoryUsage().heapUsed;
  decoder.decode(block, 0, block.length, (_name, _value, _id, _isSensitive, bytes) => {
    size += bytes;
    if (size <= 65_536) taken++;
  });
  const grown = process.memoryUsage().heapUsed - before;
  assert.equal(size, 100_001 * (1 + 4_000 + 32));
  assert.equal(taken, 16);
  assert.ok(grown < 16 * 1024 * 1024, `${grown} bytes of 400 MB`);
});

test('what a decoder and an encoder keep is bounded, however much passes', () => {
  const decoder = new HpackDecoder(4096);
  const encoder = new HpackEncoder();
  const out = Buffer.alloc(4_096);
  const pass = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      encoder.begin();
      let at = encoder.field(out, 0, `x-name-${i}`, `value ${i} ${'v'.repeat(i % 300)}`, 0, false);
      at = encoder.field(out, at, ':path', `/items/${i >> 1}`, 34, false);
      at = encoder.field(out, at, 'x-request-id', `id ${i}`, 11, false);
      assert.equal(fieldsIn(decoder, out.subarray(0, at)), 3);
    }
  };
  const heap = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  pass(0, 20_000);
  const before = heap();
  pass(20_000, 80_000);
  const grown = heap() - before;
  assert.ok(grown < 1024 * 1024, `${grown} bytes more after 60,000 blocks of new values`);
  // The two are still used: they could not be collected before.
  pass(80_000, 80_001);
});

test('a sink that throws ends the block with its error', () => {
  const stop = new Error('stop');
  assert.throws(
    () =>
      new HpackDecoder(4096).decode(Buffer.from('8284', 'hex'), 0, 2, () => {
        throw stop;
      }),
    stop,
  );
});
