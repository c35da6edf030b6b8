import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProtoError, ProtoReader } from './reader.ts';
import { decodeStruct, encodeStruct, type JsonObject, type JsonValue } from './struct.ts';
import { ProtoWriter } from './writer.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

test('fields are written as the encoding specification shows', () => {
  // The examples of protobuf.dev/programming-guides/encoding.
  assert.deepEqual([...new ProtoWriter().uint(1, 150).finish()], [0x08, 0x96, 0x01]);
  assert.equal(new ProtoWriter().string(2, 'testing').finish().toString('hex'), '120774657374696e67');
});

test('unsigned integers up to 2^53 - 1 survive', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 0x1fff_ffff }), (value, field) => {
      const reader = new ProtoReader(new ProtoWriter().presentUint(field, value).finish());
      assert.equal(reader.next(), true);
      assert.equal(reader.field, field);
      assert.equal(reader.uint(), value);
      assert.equal(reader.next(), false);
    }),
  );
});

test('negative int32 are read from their ten bytes', () => {
  const reader = new ProtoReader(bytes(0x08, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01));
  reader.next();
  assert.equal(reader.int32(), -2);
});

test('strings, bytes and doubles survive', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), fc.double(), (text, data, number) => {
      const message = new ProtoWriter().repeatedString(1, [text]).message(2, data).double(3, number).finish();
      const reader = new ProtoReader(message);
      reader.next();
      assert.equal(reader.string(), text);
      reader.next();
      assert.deepEqual(new Uint8Array(reader.bytes()), data);
      reader.next();
      assert.ok(Object.is(reader.double(), number));
      assert.equal(reader.next(), false);
    }),
  );
});

test('a field that holds its default is not written', () => {
  const message = new ProtoWriter().uint(1, 0).string(2, '').bytes(3, bytes()).bool(4, false).finish();
  assert.equal(message.length, 0);
});

test('unknown fields of every wire type are skipped, groups too', () => {
  const known = new ProtoWriter().uint(15, 7).finish();
  const unknown = [
    bytes(0x08, 0xff, 0x01),
    bytes(0x09, 1, 2, 3, 4, 5, 6, 7, 8),
    bytes(0x0a, 2, 1, 2),
    bytes(0x0d, 1, 2, 3, 4),
    bytes(0x0b, 0x08, 1, 0x13, 0x14, 0x0c),
  ];
  for (const field of unknown) {
    const reader = new ProtoReader(Buffer.concat([field, known]));
    assert.equal(reader.next(), true);
    reader.skip();
    assert.equal(reader.next(), true);
    assert.equal(reader.uint(), 7);
  }
});

const BROKEN: readonly (readonly [what: string, message: Uint8Array])[] = [
  ['a varint that runs past the end', bytes(0x08, 0x80)],
  ['a varint of eleven bytes', bytes(0x08, ...Array(10).fill(0x80), 0x01)],
  ['a varint of more than 64 bits', bytes(0x08, ...Array(9).fill(0xff), 0x02)],
  ['an integer above 2^53', bytes(0x08, ...Array(9).fill(0xff), 0x01)],
  ['a length that runs past the end', bytes(0x0a, 0x02, 0x41)],
  ['an enormous length', bytes(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)],
  ['field number 0', bytes(0x00, 0x00)],
  ['wire type 7', bytes(0x0f)],
  ['a group that does not end', bytes(0x0b, 0x08, 0x01)],
  ['a group that ends as another', bytes(0x0b, 0x14)],
  ['groups nested too deeply', bytes(...Array(64).fill(0x0b), ...Array(64).fill(0x0c))],
];

for (const [what, message] of BROKEN) {
  test(`${what} is refused`, () => {
    const reader = new ProtoReader(message);
    const readAll = () => {
      while (reader.next()) {
        if (reader.field === 1 && message[0] === 0x08) reader.uint();
        else reader.skip();
      }
    };
    assert.throws(readAll, ProtoError);
  });
}

test('a string that is not UTF-8, and a field of another wire type, are refused', () => {
  const text = new ProtoReader(bytes(0x0a, 0x01, 0xff));
  text.next();
  assert.throws(() => text.string(), /field 1: not UTF-8/);
  const number = new ProtoReader(bytes(0x08, 0x01));
  number.next();
  assert.throws(() => number.string(), /field 1: wire type 0, expected 2/);
});

test('any bytes are read or refused, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (message) => {
      try {
        decodeStruct(new ProtoReader(message));
      } catch (error) {
        assert.ok(error instanceof ProtoError);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a JSON object survives as a Struct', () => {
  // JSON.parse makes `__proto__` a plain key, as the decoder does.
  const jsonObject = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }));
  fc.assert(
    fc.property(jsonObject, (object) => {
      const decoded = decodeStruct(new ProtoReader(encodeStruct(object as JsonObject)));
      assert.deepEqual(JSON.parse(JSON.stringify(decoded)), JSON.parse(JSON.stringify(object)));
    }),
  );
});

test('a Struct nested without end is refused', () => {
  let value: JsonValue = null;
  for (let depth = 0; depth < 200; depth++) value = [value];
  const message = encodeStruct({ value });
  assert.throws(() => decodeStruct(new ProtoReader(message)), /nested too deeply/);
});

test('a key named __proto__ is only a key', () => {
  const object = decodeStruct(new ProtoReader(encodeStruct(JSON.parse('{"__proto__":{"admin":true}}'))));
  assert.equal(object['admin'], undefined);
  assert.deepEqual(Object.keys(object), ['__proto__']);
});
