import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Base64Decoder } from './base64-decoder.ts';

function decoded(text: string, cuts: readonly number[] = []): Buffer | undefined {
  const decoder = new Base64Decoder();
  const parts: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b).concat(text.length)) {
    const part = decoder.take(Buffer.from(text.slice(from, cut), 'latin1'));
    if (part === undefined) return undefined;
    parts.push(part);
    from = cut;
  }
  const last = decoder.end();
  return last && Buffer.concat([...parts, last]);
}

test('segments that are each padded, cut anywhere, are one stream of bytes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
      (segments, places) => {
        const text = segments.map((segment) => Buffer.from(segment).toString('base64')).join('');
        const cuts = places.map((place) => Math.floor(place * text.length));
        assert.deepEqual(decoded(text, cuts), Buffer.concat(segments));
      },
    ),
  );
});

test('padding may be left out at the end', () => {
  assert.equal(decoded('YWI')?.toString(), 'ab');
  assert.equal(decoded('YQ==YWI')?.toString(), 'aab');
});

for (const text of ['Y', 'YQ=', 'YQ=a', '=', '====', 'Y===', 'YW\nI', 'YW I', 'YW!I', 'AAAAY', 'YQ=\u00ff']) {
  test(`${JSON.stringify(text)} is refused, wherever it is cut`, () => {
    assert.equal(decoded(text), undefined);
    assert.equal(decoded(text, [...text].keys().toArray()), undefined);
  });
}
