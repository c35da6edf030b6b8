import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HpackError } from './hpack-error.ts';
import { CODE_LENGTHS, CODES, EOS } from './huffman-code.ts';
import { decodedBound, decodeHuffman } from './huffman-decode.ts';
import { encodeHuffman, huffmanLength } from './huffman-encode.ts';

function encode(text: string): Buffer {
  const out = Buffer.alloc(text.length * 4 + 4);
  const end = encodeHuffman(text, out, 0);
  assert.equal(end, huffmanLength(text));
  return out.subarray(0, end);
}

function decode(bytes: Buffer): string {
  const target = Buffer.alloc(decodedBound(bytes.length));
  return target.toString('latin1', 0, decodeHuffman(bytes, 0, bytes.length, target));
}

/** Bits of a symbol's code as text. */
const code = (symbol: number): string =>
  (CODES[symbol] as number).toString(2).padStart(CODE_LENGTHS[symbol] as number, '0');

/** Whole bytes from a text of bits. */
function bytesOf(bits: string): Buffer {
  assert.equal(bits.length % 8, 0);
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

test('the codes made from the lengths are those of RFC 7541 appendix B', () => {
  const some: readonly (readonly [number, string, number])[] = [
    [0, '1ff8', 13],
    [10, '3ffffffc', 30],
    [32, '14', 6],
    [48, '0', 5],
    [88, 'fc', 8],
    [92, '7fff0', 19],
    [122, '7b', 7],
    [127, 'ffffffc', 28],
    [199, '1ffffec', 25],
    [249, 'ffffffe', 28],
    [255, '3ffffee', 26],
    [EOS, '3fffffff', 30],
  ];
  for (const [symbol, hex, length] of some) {
    assert.equal((CODES[symbol] as number).toString(16), hex, String(symbol));
    assert.equal(CODE_LENGTHS[symbol], length, String(symbol));
  }
});

test('the code is complete: every string of bits begins with exactly one code', () => {
  // Kraft's sum is 1, and no code is the beginning of another.
  let sum = 0;
  for (const length of CODE_LENGTHS) sum += 2 ** -length;
  assert.equal(sum, 1);
  const codes = Array.from(CODE_LENGTHS, (_, symbol) => code(symbol)).sort();
  for (const [i, one] of codes.entries())
    assert.ok(i === 0 || !one.startsWith(codes[i - 1] as string), `${codes[i - 1]} begins ${one}`);
});

test('every byte is decoded from its code at every bit position', () => {
  for (let byte = 0; byte < 256; byte++) {
    const char = String.fromCharCode(byte);
    for (let before = 0; before < 8; before++) {
      // `0` has 5 bits, so that eight different numbers of it give eight positions.
      const text = `${'0'.repeat(before)}${char}${char}a`;
      assert.equal(decode(encode(text)), text, `${byte} at ${(before * 5) % 8}`);
    }
  }
});

test('whatever is encoded is decoded, and takes the bytes that were foretold', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = Buffer.from(bytes).toString('latin1');
      assert.equal(decode(encode(text)), text);
    }),
    { numRuns: 2_000 },
  );
});

test('padding of up to 7 ones is taken, and nothing else', () => {
  for (const symbol of [48, 97, 120, 88, 33]) {
    const bits = code(symbol);
    for (let padding = 0; padding < 30; padding++) {
      if ((bits.length + padding) % 8 !== 0) continue;
      const bytes = bytesOf(bits + '1'.repeat(padding));
      if (padding < 8) assert.equal(decode(bytes), String.fromCharCode(symbol));
      else assert.throws(() => decode(bytes), HpackError, `${padding} bits of padding`);
    }
    const missing = (8 - (bits.length % 8)) % 8;
    for (let zero = 0; zero < missing; zero++) {
      const padding = [...'1'.repeat(missing)];
      padding[zero] = '0';
      // Fewer bits than any code: no character can be read from them.
      if (missing < 5) assert.throws(() => decode(bytesOf(bits + padding.join(''))), HpackError);
    }
  }
});

test('a string of padding alone is refused', () => {
  for (const length of [1, 2, 3]) assert.throws(() => decode(Buffer.alloc(length, 0xff)), HpackError);
});

test('EOS is refused wherever it comes', () => {
  for (const before of ['', 'a', 'ab', 'abc', 'abcdefg']) {
    for (const after of ['', 'z', 'zzzzzzzzzz']) {
      let bits = [...before].map((char) => code(char.charCodeAt(0))).join('') + code(EOS);
      bits += [...after].map((char) => code(char.charCodeAt(0))).join('');
      bits += '1'.repeat((8 - (bits.length % 8)) % 8);
      assert.throws(() => decode(bytesOf(bits)), HpackError, `${before} EOS ${after}`);
    }
  }
});

test('a string cut off within a long code is refused', () => {
  // 30 bits behind some of 5: one byte of it is no padding any more, and four never hold all of it.
  for (const before of ['', 'a', '000']) {
    const from = Math.ceil((before.length * 5) / 8) + 1;
    const whole = encode(`${before}\n`);
    for (let length = from; length < whole.length; length++)
      assert.throws(() => decode(whole.subarray(0, length)), HpackError, `${before}: ${length} bytes`);
  }
});

test('random bytes are decoded to what encodes to them again, or refused', () => {
  let decoded = 0;
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), (random) => {
      const bytes = Buffer.from(random);
      let text: string;
      try {
        text = decode(bytes);
      } catch (error) {
        assert.ok(error instanceof HpackError);
        return;
      }
      decoded++;
      assert.deepEqual(encode(text), bytes);
    }),
    { numRuns: 20_000 },
  );
  assert.ok(decoded > 1_000, `only ${decoded} of the strings were valid`);
});
