import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { KNOWN } from '../../../stack/known-header.ts';
import { HpackDecoder } from './decoder.ts';
import { HpackError } from './hpack-error.ts';
import { MALFORMED, PSEUDO } from './pseudo.ts';

interface Field {
  readonly name: string;
  readonly value: string;
  readonly id: number;
  readonly isSensitive: boolean;
  readonly size: number;
}

/** Decodes one block, written in hexadecimal. */
function decode(decoder: HpackDecoder, hex: string): readonly Field[] {
  const fields: Field[] = [];
  // Bytes before and behind the block must not matter.
  const block = Buffer.from(`8282${hex.replaceAll(' ', '')}8282`, 'hex');
  decoder.decode(block, 2, block.length - 2, (name, value, id, isSensitive, size) =>
    fields.push({ name, value, id, isSensitive, size }),
  );
  return fields;
}

const pairs = (fields: readonly Field[]) => fields.map(({ name, value }) => [name, value]);

/** A string literal without Huffman code, up to 126 bytes. */
const literal = (text: string): string =>
  Buffer.concat([Buffer.of(text.length), Buffer.from(text, 'latin1')]).toString('hex');

function decoder4096(...blocks: string[]): HpackDecoder {
  const decoder = new HpackDecoder(4096);
  for (const block of blocks) decode(decoder, block);
  return decoder;
}

interface Context {
  readonly section: string;
  readonly tableSize: number;
  readonly blocks: readonly {
    readonly hex: string;
    readonly fields: readonly (readonly [string, string])[];
    readonly table: readonly (readonly [string, string])[];
  }[];
}

const CONTEXTS = JSON.parse(
  readFileSync(new URL('testdata/rfc7541-appendix-c.json', import.meta.url), 'utf8'),
) as readonly Context[];

for (const { section, tableSize, blocks } of CONTEXTS) {
  test(`RFC 7541 ${section}: fields and table are those of the example`, () => {
    const decoder = new HpackDecoder(4096);
    // The examples of 256 bytes begin with a table of that size.
    if (tableSize === 256) decode(decoder, '3fe101');
    for (const { hex, fields, table } of blocks) {
      assert.deepEqual(pairs(decode(decoder, hex)), fields);
      for (const [i, entry] of table.entries())
        assert.deepEqual(pairs(decode(decoder, (0x80 + 62 + i).toString(16))), [entry]);
      assert.throws(() => decode(decoder, (0x80 + 62 + table.length).toString(16)), HpackError);
    }
  });
}

test('every entry of the static table has its name, id and size', () => {
  const decoder = new HpackDecoder(4096);
  const fields = Array.from({ length: 61 }, (_, i) => decode(decoder, (0x81 + i).toString(16))[0] as Field);
  assert.deepEqual(pairs(fields.slice(0, 4)), [
    [':authority', ''],
    [':method', 'GET'],
    [':method', 'POST'],
    [':path', '/'],
  ]);
  assert.deepEqual(pairs(fields.slice(15, 16)), [['accept-encoding', 'gzip, deflate']]);
  assert.deepEqual(pairs(fields.slice(60)), [['www-authenticate', '']]);
  for (const { name, value, size } of fields) assert.equal(size, name.length + value.length + 32);
  assert.deepEqual(
    fields.slice(0, 14).map(({ id }) => id),
    // :authority, :method, :path, :scheme, :status
    [32, 33, 33, 34, 34, 36, 36, 37, 37, 37, 37, 37, 37, 37],
  );
  assert.equal(fields[27]?.id, KNOWN['content-length']);
  assert.equal(fields[37]?.id, KNOWN.host);
  assert.equal(fields[18]?.id, 0);
});

test('ids are told for literal names and kept with table entries', () => {
  const decoder = new HpackDecoder(4096);
  const [te, other, protocol, unknown] = decode(
    decoder,
    `40${literal('te')}${literal('trailers')} 40${literal('x-other')}${literal('1')}
     40${literal(':protocol')}${literal('websocket')} 00${literal(':weird')}${literal('x')}`.replace(
      /\s/g,
      '',
    ),
  );
  assert.equal(te?.id, KNOWN.te);
  assert.equal(other?.id, 0);
  assert.equal(protocol?.id, PSEUDO[':protocol']);
  assert.equal(unknown?.id, PSEUDO.unknown);
  assert.deepEqual(
    decode(decoder, 'c0bfbe').map(({ id }) => id),
    [KNOWN.te, 0, PSEUDO[':protocol']],
  );
  // The name alone from the table, with another value.
  assert.deepEqual(pairs(decode(decoder, `0f31${literal('gzip')}`)), [['te', 'gzip']]);
});

test('only never-indexed literals are sensitive', () => {
  const decoder = new HpackDecoder(4096);
  const block = `10${literal('a')}${literal('1')}00${literal('a')}${literal('1')}40${literal('a')}${literal('1')}be1f2f${literal('2')}`;
  assert.deepEqual(
    decode(decoder, block).map(({ isSensitive }) => isSensitive),
    [true, false, false, false, true],
  );
});

const MALFORMED_FIELDS: readonly (readonly [what: string, name: string, value: string])[] = [
  ['an upper-case letter in the name', 'Host', 'a'],
  ['no name', '', 'a'],
  ['a space in the name', 'a b', 'a'],
  ['a colon within the name', 'a:b', 'a'],
  ['a control character in the name', 'a\x01', 'a'],
  ['a byte over 127 in the name', 'a\xe9', 'a'],
  ['CR in the value', 'x-a', 'a\rb'],
  ['LF in the value', 'x-a', 'a\nb'],
  ['NUL in the value', 'x-a', 'a\0b'],
  ['DEL in the value', 'x-a', 'a\x7fb'],
  ['a space before the value', 'x-a', ' a'],
  ['a tab behind the value', 'x-a', 'a\t'],
  ['LF in the value of a pseudo-header', ':path', '/\nb'],
];

for (const [what, name, value] of MALFORMED_FIELDS) {
  test(`${what} makes the field malformed, also when it comes from the table`, () => {
    const decoder = new HpackDecoder(4096);
    const block = `40${literal(name)}${literal(value)}be00${literal(name)}${literal(value)}`;
    const fields = decode(decoder, block);
    assert.deepEqual(
      fields.map(({ id }) => id),
      [MALFORMED, MALFORMED, MALFORMED],
    );
    assert.deepEqual(pairs(fields.slice(1, 2)), [[name, value]]);
    // A malformed value does not stick to the name.
    if (value !== 'a') assert.notEqual(decode(decoder, `7e${literal('good')}`)[0]?.id, MALFORMED);
  });
}

test('values may have tabs and spaces inside and bytes over 127', () => {
  const [field] = decode(new HpackDecoder(4096), `00${literal('x-a')}${literal('a \t \xff')}`);
  assert.deepEqual([field?.id, field?.value], [0, 'a \t \xff']);
});

const REFUSED: readonly (readonly [what: string, hex: string, reason: RegExp])[] = [
  ['index 0', '80', /index 0/],
  ['the first index behind an empty dynamic table', 'be', /no table entry 62/],
  ['an index far away', 'ffffff03', /no table entry 65662/],
  ['a name index that does not exist', '7e0161', /no table entry 62/],
  ['a name index that does not exist, not indexed', '0f2f0161', /no table entry 62/],
  ['an integer that never ends', 'ffffffffffffffffffffffffffffff', /more than 5 bytes/],
  ['an integer over 2^31', 'ff80ffffff0f', /above 2147483647/],
  ['an integer of many zeros', 'ff80808080808000', /more than 5 bytes/],
  ['a block that ends within an integer', 'ff80', /ends within/],
  ['a block that ends behind a name', '400161', /ends within/],
  ['a block that ends behind a prefix', '40', /ends within/],
  ['a name longer than the block', '400261', /ends within/],
  ['a value longer than the block', '41036161', /ends within/],
  ['a value of 2^31 bytes', '417f80ffffff07', /ends within/],
  ['a Huffman value with EOS', '4184ffffffff', /Huffman/],
  ['a Huffman value with 8 bits of padding', '41821fff', /Huffman/],
  ['a Huffman value padded with zeros', '418118', /Huffman/],
  ['a Huffman name cut off', '4081fe00', /Huffman/],
  ['a table size update behind a field', '8220', /after a field/],
  ['a table size above what was announced', '3fe21f', /table of 4097 bytes, above the 4096/],
  ['a table size of 2^31', '3fe0ffffff07', /above the 4096/],
];

for (const [what, hex, reason] of REFUSED) {
  test(`${what} is refused`, () => {
    assert.throws(
      () => decode(new HpackDecoder(4096), hex),
      (error: unknown) => error instanceof HpackError && reason.test(error.message),
    );
  });
}

test('what comes before a refused field has been told', () => {
  const names: string[] = [];
  const block = Buffer.from('828480', 'hex');
  assert.throws(() => new HpackDecoder(4096).decode(block, 0, 3, (name) => names.push(name)), HpackError);
  assert.deepEqual(names, [':method', ':path']);
});

test('the oldest entries leave when the table is full, and one that is too large empties it', () => {
  const decoder = new HpackDecoder(4096);
  // 2 + 30 + 32 = 64 bytes each: 64 of them fit.
  for (let i = 0; i < 100; i++)
    decode(decoder, `40${literal(`n${i % 10}`)}${literal(String(i).padEnd(30, '.'))}`);
  const newest = decode(decoder, 'be')[0];
  assert.equal(newest?.value, '99'.padEnd(30, '.'));
  const oldest = decode(decoder, 'fd')[0];
  assert.equal(oldest?.value, '36'.padEnd(30, '.'), 'index 125 is not the 64th newest');
  assert.throws(() => decode(decoder, 'fe'), /no table entry 126/);
  // 4064 + 1 + 32 bytes; one less would just fit.
  assert.equal(decode(decoder, `407fe11e${'61'.repeat(4064)}0161`)[0]?.size, 4097);
  assert.throws(() => decode(decoder, 'be'), HpackError);
  decode(decoder, `407fe11e${'61'.repeat(4064)}00`);
  assert.equal(decode(decoder, 'be')[0]?.size, 4096);
});

test('a new entry may use the name of the one that it drives out', () => {
  const decoder = new HpackDecoder(4096);
  // A table of 64 bytes holds one.
  decode(decoder, `3f21 40${literal('x-name')}${literal('one')}`);
  assert.deepEqual(pairs(decode(decoder, `7e${literal('two')}be`)), [
    ['x-name', 'two'],
    ['x-name', 'two'],
  ]);
});

test('size updates are obeyed: 0 empties the table, a larger one brings nothing back', () => {
  const decoder = decoder4096(`40${literal('a')}${literal('1')}`);
  assert.deepEqual(pairs(decode(decoder, 'be')), [['a', '1']]);
  assert.throws(() => decode(decoder, '203fe11fbe'), HpackError);
  // Both were taken: there is room again.
  assert.deepEqual(pairs(decode(decoder, `40${literal('b')}${literal('2')}be`)).length, 2);
});

test('a table may grow to what was announced and no further', () => {
  const decoder = new HpackDecoder(8192);
  decode(decoder, '3fe13f');
  assert.throws(() => decode(decoder, '3fe23f'), /table of 8193 bytes, above the 8192/);
});

test('when the table was lowered, a block without the size update is refused', () => {
  for (const block of ['82', '']) {
    const decoder = new HpackDecoder(4096);
    decoder.setMaxTableSize(100);
    assert.throws(() => decode(decoder, block), /was not made smaller/);
  }
  const decoder = new HpackDecoder(4096);
  decoder.setMaxTableSize(100);
  assert.equal(decode(decoder, '3f4582').length, 1);
  assert.equal(decode(decoder, '82').length, 1);
  assert.throws(() => decode(decoder, '3f46'), /table of 101 bytes, above the 100/);
});

test('no size update is due when the table is not above the new limit', () => {
  const decoder = decoder4096('3f21');
  decoder.setMaxTableSize(64);
  assert.equal(decode(decoder, '82').length, 1);
});

test('before SETTINGS are acknowledged the table has the default size, however small the announced one', () => {
  const decoder = new HpackDecoder(0);
  decode(decoder, '203fe11f');
  assert.deepEqual(pairs(decode(decoder, `40${literal('a')}${literal('1')}be`)).length, 2);
  decoder.setMaxTableSize(0);
  assert.deepEqual(pairs(decode(decoder, `2040${literal('a')}${literal('1')}`)), [['a', '1']]);
  assert.throws(() => decode(decoder, 'be'), HpackError);
});

test('the same literals mean the same with and without Huffman code, however often they come', () => {
  const decoder = new HpackDecoder(4096);
  for (let i = 0; i < 3; i++) {
    // The bytes of one are a text of the other's: told apart by the H bit.
    assert.deepEqual(pairs(decode(decoder, '04811f')), [[':path', 'a']]);
    assert.deepEqual(decode(decoder, '04011f')[0]?.id, MALFORMED);
    assert.deepEqual(pairs(decode(decoder, '00811f811f')), [['a', 'a']]);
    assert.deepEqual(pairs(decode(decoder, '00011f811f')), [['\x1f', 'a']]);
  }
});
