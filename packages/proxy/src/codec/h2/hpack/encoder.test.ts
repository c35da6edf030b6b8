import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KNOWN, knownHeader } from '../../../stack/known-header.ts';
import { HpackDecoder } from './decoder.ts';
import { fieldBound, HpackEncoder } from './encoder.ts';
import { writeInteger } from './integer.ts';
import { PSEUDO } from './pseudo.ts';

type Line = readonly [name: string, value: string, isSensitive?: boolean];

function idOf(name: string): number {
  return name in PSEUDO ? PSEUDO[name as keyof typeof PSEUDO] : knownHeader(name, 0, name.length);
}

/** Encodes a block into a buffer whose other bytes must stay as they are. */
function encode(encoder: HpackEncoder, lines: readonly Line[], id = idOf): Buffer {
  const bound = lines.reduce((sum, [name, value]) => sum + fieldBound(name, value), 0);
  const out = Buffer.alloc(bound + 16, 0xee);
  encoder.begin();
  let at = 8;
  for (const [name, value, isSensitive = false] of lines) {
    const next = encoder.field(out, at, name, value, id(name), isSensitive);
    assert.ok(next - at <= fieldBound(name, value), `${name}: ${next - at} bytes`);
    at = next;
  }
  assert.ok(out.subarray(0, 8).every((byte) => byte === 0xee));
  return Buffer.from(out.subarray(8, at));
}

function decode(decoder: HpackDecoder, block: Buffer): readonly Line[] {
  const lines: Line[] = [];
  decoder.decode(block, 0, block.length, (name, value, _id, isSensitive) =>
    lines.push([name, value, isSensitive]),
  );
  return lines;
}

const hex = (encoder: HpackEncoder, ...lines: readonly Line[]): string =>
  encode(encoder, lines).toString('hex');

test('integers are written as in RFC 7541 C.1', () => {
  const write = (max: number, value: number): string => {
    const out = Buffer.alloc(8);
    return out.toString('hex', 0, writeInteger(out, 0, 0, max, value));
  };
  assert.equal(write(31, 10), '0a');
  assert.equal(write(31, 1337), '1f9a0a');
  assert.equal(write(255, 42), '2a');
  assert.equal(write(31, 31), '1f00');
  assert.equal(write(127, 2 ** 31 - 1), '7f80ffffff07');
});

test('fields of the static table are one byte', () => {
  const lines: readonly Line[] = [
    [':method', 'GET'],
    [':method', 'POST'],
    [':path', '/'],
    [':scheme', 'https'],
    [':status', '200'],
    [':status', '500'],
    ['accept-encoding', 'gzip, deflate'],
  ];
  assert.equal(hex(new HpackEncoder(), ...lines), '828384878 88e90'.replace(' ', ''));
});

test('the first value of a name goes to the table, in Huffman code where that is shorter', () => {
  const encoder = new HpackEncoder();
  // RFC 7541 C.4.1 and C.4.3 say the same.
  assert.equal(hex(encoder, [':authority', 'www.example.com']), '418cf1e3c2e5f23a6ba0ab90f4ff');
  assert.equal(hex(encoder, ['custom-key', 'custom-value']), '408825a849e95ba97d7f8925a849e95bb8e8b4bf');
  assert.equal(hex(encoder, [':authority', 'www.example.com'], ['custom-key', 'custom-value']), 'bfbe');
  assert.equal(hex(encoder, ['x-a', '\x80\x81']).slice(-6), '028081');
});

test('another value of a name goes to the table when it comes a second time', () => {
  const encoder = new HpackEncoder();
  assert.match(hex(encoder, ['x-shard', 'a']), /^40/);
  assert.equal(hex(encoder, ['x-shard', 'b']), '0f2f0162');
  assert.match(hex(encoder, ['x-shard', 'b']), /^7e/);
  assert.equal(hex(encoder, ['x-shard', 'b'], ['x-shard', 'a']), 'bebf');
});

test('values that come once leave the table alone: only their name gets a place, once', () => {
  const encoder = new HpackEncoder();
  assert.match(hex(encoder, ['x-request-id', 'one']), /^40/);
  for (const value of ['two', 'three', 'three']) assert.match(hex(encoder, ['x-request-id', value]), /^0f2f/);
  // Where the static table has the name, not even that.
  for (let i = 0; i < 2; i++) assert.match(hex(encoder, ['etag', '"1"']), /^0f13/);
  assert.equal(hex(encoder, ['x-request-id', 'one']), 'be');
});

test('a path is indexed, but not with a query', () => {
  const encoder = new HpackEncoder();
  assert.match(hex(encoder, [':path', '/pkg.Service/Method']), /^44/);
  assert.equal(hex(encoder, [':path', '/pkg.Service/Method']), 'be');
  for (let i = 0; i < 3; i++) assert.match(hex(encoder, [':path', '/a?token=1']), /^04/);
});

test('a field larger than a quarter of the table is not indexed', () => {
  const encoder = new HpackEncoder();
  assert.match(hex(encoder, ['x-a', 'a'.repeat(1024 - 32 - 3 + 1)]), /^00/);
  assert.match(hex(encoder, ['x-a', 'a'.repeat(1024 - 32 - 3)]), /^40/);
});

test('secrets and fields that came never indexed are never indexed, and not found in the table', () => {
  const encoder = new HpackEncoder();
  for (let i = 0; i < 3; i++) {
    assert.match(hex(encoder, ['authorization', 'Bearer x']), /^1f08/);
    assert.match(hex(encoder, ['cookie', 'a=b']), /^1f11/);
    assert.match(hex(encoder, ['x-api-key', 'k']), /^10/);
    assert.match(hex(encoder, ['x-mine', 'secret', true]), /^10/);
  }
  assert.match(hex(encoder, ['x-mine', 'open']), /^40/);
  assert.match(hex(encoder, ['x-mine', 'open', true]), /^1f2f/);
  assert.match(hex(encoder, [':method', 'GET', true]), /^12/);
});

test('names are found whether their id is given or not', () => {
  for (const id of [idOf, () => 0]) {
    const encoder = new HpackEncoder();
    const block = () =>
      encode(
        encoder,
        [
          ['content-type', 'a/b'],
          ['x-weft-one', '1'],
          [':path', '/x'],
        ],
        id,
      );
    block();
    assert.equal(block().toString('hex'), 'c0bfbe');
  }
  // Two names with one id are two names.
  const encoder = new HpackEncoder();
  hex(encoder, ['x-weft-one', '1']);
  assert.equal(idOf('x-weft-one'), KNOWN['x-mesh-internal']);
  assert.match(hex(encoder, ['x-weft-two', '1']), /^40/);
});

test('a smaller table of the peer is obeyed and announced with the next block, once', () => {
  const encoder = new HpackEncoder();
  const line: Line = ['x-a', '1'];
  encode(encoder, [line]);
  encoder.setMaxTableSize(0);
  assert.match(hex(encoder, line), /^2000/);
  assert.match(hex(encoder, line), /^00/);
  encoder.setMaxTableSize(4096);
  assert.match(hex(encoder, line), /^3fe11f40/);
  assert.equal(hex(encoder, line), 'be');
});

test('of several changes between two blocks the smallest and the last are announced', () => {
  const encoder = new HpackEncoder();
  encode(encoder, [['x-a', '1']]);
  for (const size of [2048, 32, 1000, 4096]) encoder.setMaxTableSize(size);
  assert.match(hex(encoder, ['x-a', '1']), /^3f013fe11f40/);
  for (const size of [2048, 32]) encoder.setMaxTableSize(size);
  assert.match(hex(encoder, ['x-b', '1']), /^3f0100/);
});

test('the table stays at 4096 bytes, however much the peer offers', () => {
  const encoder = new HpackEncoder();
  encoder.setMaxTableSize(2 ** 31 - 1);
  assert.equal(hex(encoder, [':method', 'GET']), '82');
  // 82 bytes each: 49 of them fit.
  for (let i = 0; i < 1_000; i++) {
    const index = hex(encoder, [`x-name-${String(i).padStart(6, '0')}`, 'v'.repeat(82 - 32 - 13)]);
    assert.match(index, /^40/);
  }
  assert.match(hex(encoder, ['x-name-000999', 'v'.repeat(37)]), /^be$/);
  assert.equal(hex(encoder, ['x-name-000951', 'v'.repeat(37)]), (0x80 + 62 + 48).toString(16));
  assert.match(hex(encoder, ['x-name-000950', 'v'.repeat(37)]), /^40/);
});

test('a value that drives out the only other one of its name is found again', () => {
  const encoder = new HpackEncoder();
  // 1015 bytes each: four of them fit.
  const value = (text: string): string => text.padEnd(980, '.');
  for (const name of ['x-a', 'x-b', 'x-c', 'x-d']) assert.match(hex(encoder, [name, value('1')]), /^40/);
  assert.match(hex(encoder, ['x-a', value('2')]), /^0f/);
  assert.match(hex(encoder, ['x-a', value('2')]), /^7e|^7f/);
  assert.equal(hex(encoder, ['x-a', value('2')]), 'be');
  assert.match(hex(encoder, ['x-a', value('1')]), /^0f2f/);
});

const NAMES = [
  ':path',
  ':authority',
  ':status',
  'content-type',
  'content-length',
  'x-request-id',
  'authorization',
  'set-cookie',
  'date',
  'x-a',
  'x-b',
  'x-weft-flags',
  'a-name-of-some-length-that-nobody-knows',
];
const lineOf = fc.tuple(
  // Most of them come again, so that what was driven out is asked for.
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...NAMES) },
    { weight: 1, arbitrary: fc.stringMatching(/^[a-z][a-z0-9-]{0,40}$/) },
  ),
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('', '1', '200', 'GET', '/a', '/a?b', 'v'.repeat(400)) },
    { weight: 1, arbitrary: fc.stringMatching(/^[!-~\x80-\xff][ -~\x80-\xff]{0,80}[!-~\x80-\xff]$/) },
    { weight: 1, arbitrary: fc.integer({ min: 100, max: 6_000 }).map((length) => 'v'.repeat(length)) },
  ),
  fc.boolean(),
);
const stepOf = fc.oneof(
  { weight: 5, arbitrary: fc.array(lineOf, { maxLength: 12, size: 'max' }).map((lines) => ({ lines })) },
  { weight: 1, arbitrary: fc.constantFrom(0, 32, 100, 500, 4_096, 10_000).map((size) => ({ size })) },
);

test('our decoder reads what our encoder writes, over evictions and changes of the table size', () => {
  fc.assert(
    fc.property(
      fc.array(stepOf, { minLength: 1, maxLength: 60, size: 'max' }),
      fc.boolean(),
      (steps, hasIds) => {
        const encoder = new HpackEncoder();
        const decoder = new HpackDecoder(4096);
        for (const step of steps) {
          if ('size' in step) {
            encoder.setMaxTableSize(step.size);
            decoder.setMaxTableSize(step.size);
          } else {
            // A block without fields has no place for a size update; HTTP/2 has none such.
            const lines = step.lines.length === 0 ? ([[':status', '200', false]] as const) : step.lines;
            const decoded = decode(decoder, encode(encoder, lines, hasIds ? idOf : () => 0));
            assert.deepEqual(
              decoded.map(([name, value]) => [name, value]),
              lines.map(([name, value]) => [name, value]),
            );
            for (const [i, [name, , isSensitive]] of lines.entries())
              if (isSensitive || name === 'authorization' || name === 'set-cookie')
                assert.equal(decoded[i]?.[2], true, name);
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});
