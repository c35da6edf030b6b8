import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { type H1Refusal, REFUSALS } from './refusal.ts';

const LIMITS = { ...DEFAULT_LIMITS, chunkLineBytes: 20, trailerBytes: 60, headerCount: 3 };

interface Decoded {
  readonly body: string;
  readonly trailers: ChunkedDecoder['trailers'];
  readonly refusal: H1Refusal | undefined;
  readonly isDone: boolean;
  /** What was not read. */
  readonly rest: string;
}

function decode(text: string, size = text.length): Decoded {
  const decoder = new ChunkedDecoder(LIMITS);
  const bytes = Buffer.from(text, 'latin1');
  let body = '';
  let at = 0;
  while (at < bytes.length && !decoder.isDone && decoder.refusal === undefined) {
    const chunk = bytes.subarray(at, at + size);
    at += decoder.decode(chunk, 0, (data) => {
      body += data.toString('latin1');
    });
  }
  const { trailers, refusal, isDone } = decoder;
  return { body, trailers, refusal, isDone, rest: text.slice(at) };
}

const REFUSED: readonly (readonly [what: string, text: string, refusal: H1Refusal])[] = [
  ['no size', '\r\n', REFUSALS.chunk],
  ['a space before the size', ' 5\r\nhello\r\n', REFUSALS.chunk],
  ['a space after the size', '5 \r\nhello\r\n', REFUSALS.chunk],
  ['a tab after the size', '5\t\r\nhello\r\n', REFUSALS.chunk],
  ['a sign', '+5\r\nhello\r\n', REFUSALS.chunk],
  ['a negative size', '-5\r\nhello\r\n', REFUSALS.chunk],
  ['0x', '0x5\r\nhello\r\n', REFUSALS.chunk],
  ['an underscore', '1_0\r\n', REFUSALS.chunk],
  ['no hexadecimal digit', 'g\r\n', REFUSALS.chunk],
  ['a byte over 127', '\xb5\r\n', REFUSALS.chunk],
  ['a size over what numbers hold', '10000000000000\r\n', REFUSALS.chunk],
  ['a size that wraps in 64 bits', '10000000000000005\r\n', REFUSALS.chunk],
  ['a bare LF after the size', '5\nhello\r\n', REFUSALS.chunk],
  ['a bare CR after the size', '5\rhello\r\n', REFUSALS.chunk],
  ['CR CR LF after the size', '5\r\r\nhello', REFUSALS.chunk],
  ['a bare LF after the data', '5\r\nhello\n0\r\n\r\n', REFUSALS.chunk],
  ['more data than announced', '5\r\nhello!\r\n', REFUSALS.chunk],
  ['less data than announced', '5\r\nhell\r\n0\r\n\r\n', REFUSALS.chunk],
  ['no CR LF after the data', '5\r\nhello0\r\n\r\n', REFUSALS.chunk],
  ['a bare LF after the last size', '0\n\r\n', REFUSALS.chunk],
  ['an extension without a name', '5;\r\nhello', REFUSALS.chunk],
  ['an extension with a space', '5; a\r\nhello', REFUSALS.chunk],
  ['an extension value that is missing', '5;a=\r\nhello', REFUSALS.chunk],
  ['a bare LF in an extension', '5;a\nhello\r\n', REFUSALS.chunk],
  ['a bare CR in an extension', '5;a\rb\r\nhello', REFUSALS.chunk],
  ['NUL in an extension', '5;a\0\r\nhello', REFUSALS.chunk],
  ['a line end in a quoted extension value', '5;a="b\r\n"\r\nhello', REFUSALS.chunk],
  ['something after a quoted extension value', '5;a="b"c\r\nhello', REFUSALS.chunk],
  ['extensions over the limit', `5;a=${'b'.repeat(20)}\r\nhello`, REFUSALS.chunkLineTooLong],
  ['many extensions over the limit', `5${';a=b'.repeat(6)}\r\nhello`, REFUSALS.chunkLineTooLong],
  ['a trailer without a name', '0\r\n: a\r\n\r\n', REFUSALS.headerName],
  ['a trailer with a space before the colon', '0\r\na : b\r\n\r\n', REFUSALS.headerName],
  ['a folded trailer', '0\r\na: b\r\n c\r\n\r\n', REFUSALS.lineFolding],
  ['a bare LF in the trailers', '0\r\na: b\nc: d\r\n\r\n', REFUSALS.lineEnd],
  ['a bare CR instead of the last line', '0\r\n\rX\r\n\r\n', REFUSALS.headerName],
  ['NUL in a trailer', '0\r\na: \0\r\n\r\n', REFUSALS.headerValue],
  ['Transfer-Encoding in the trailers', '0\r\nTransfer-Encoding: chunked\r\n\r\n', REFUSALS.trailerFraming],
  ['Content-Length in the trailers', '0\r\nContent-Length: 5\r\n\r\n', REFUSALS.trailerFraming],
  ['trailers over the limit', `0\r\na: ${'b'.repeat(60)}\r\n\r\n`, REFUSALS.trailerTooLarge],
  ['trailers without an end over the limit', `0\r\na: ${'b'.repeat(200)}`, REFUSALS.trailerTooLarge],
  ['more trailers than the limit', `0\r\n${'a: b\r\n'.repeat(4)}\r\n`, REFUSALS.tooManyHeaders],
];
for (const [what, text, refusal] of REFUSED) {
  test(`a chunked body is refused: ${what}`, () => {
    assert.equal(decode(text).refusal, refusal);
    assert.equal(decode(text, 1).refusal, refusal, 'byte by byte');
  });
}

test('chunks of any size, sizes in any case, zeros before them', () => {
  const { body, isDone, rest } = decode(
    '5\r\nhello\r\nA\r\n0123456789\r\n00b\r\nhello world\r\n000\r\n\r\nGET',
  );
  assert.equal(body, 'hello0123456789hello world');
  assert.ok(isDone);
  assert.equal(rest, 'GET');
});

test('well-formed extensions are dropped', () => {
  const { body, isDone } = decode('2;a\r\nhe\r\n3;a=b;c="d\\" ;"\r\nllo\r\n0;x=""\r\n\r\n');
  assert.equal(body, 'hello');
  assert.ok(isDone);
});

test('trailers come out with names in lower case, but for those that frame, route or authenticate', () => {
  const forbidden = ['Host: b', 'Authorization: x', 'X-Weft-A: x', 'Cookie: x', 'X-Forwarded-For: x'];
  for (const line of forbidden) {
    const { trailers } = decode(`0\r\nX-Sum: 1\r\n${line}\r\n\r\nGET`);
    assert.deepEqual(trailers, [['x-sum', '1']], line);
  }
});

test('a body is the same however its bytes are cut, and nothing after it is read', () => {
  const chunk = fc.string({ minLength: 1, maxLength: 40, unit: 'binary-ascii' });
  fc.assert(
    fc.property(
      fc.array(chunk),
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      (chunks, size, hasTrailers) => {
        const coded = chunks.map((data) => `${data.length.toString(16)}\r\n${data}\r\n`).join('');
        const decoded = decode(`${coded}0\r\n${hasTrailers ? 'a: b\r\n' : ''}\r\n0\r\n\r\n`, size);
        assert.equal(decoded.body, chunks.join(''));
        assert.equal(decoded.rest, '0\r\n\r\n');
        assert.deepEqual(decoded.trailers, hasTrailers ? [['a', 'b']] : undefined);
      },
    ),
  );
});
