// Messages for differential tests: well-formed ones, put together from parts that parsers disagree about, and with
// single bytes changed.

import fc from 'fast-check';

/** Bytes that mean something to one parser or another. */
const ODD_BYTES = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '=',
  '"',
  '\\',
  '\0',
  '\x0b',
  '\x7f',
  '\x80',
  '\xa0',
  '0',
  '1',
  'a',
  'G',
  '+',
  '-',
  '%',
  '#',
  '_',
  '.',
  '/',
];

interface Mutation {
  /** Where, as a share of the whole. */
  readonly at: number;
  readonly kind: 'insert' | 'replace' | 'delete' | 'double';
  readonly byte: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  kind: fc.constantFrom('insert', 'replace', 'delete', 'double'),
  byte: fc.constantFrom(...ODD_BYTES),
});

/** The text with up to three changes, or none. */
export function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(text, fc.array(mutation, { maxLength: 3 }))
    .map(([start, mutations]) => mutations.reduce(applied, start));
}

function applied(text: string, { at, kind, byte }: Mutation): string {
  const index = Math.floor(at * text.length);
  const [before, after] = [text.slice(0, index), text.slice(index + 1)];
  switch (kind) {
    case 'insert':
      return before + byte + text.slice(index);
    case 'replace':
      return before + byte + after;
    case 'delete':
      return before + after;
    case 'double':
      return before + text.slice(index, index + 1).repeat(2) + after;
  }
}

const token = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,8}$/);
const value = fc.stringMatching(/^[ -~\t\x80-\xff]{0,12}$/);
const plainLine = fc.tuple(token, value).map(([name, text]) => `${name}: ${text}`);

/** Header lines that say nothing of the body. */
export const headerLine: fc.Arbitrary<string> = fc.oneof(
  plainLine,
  fc.constantFrom(
    'Connection: close',
    'Connection: keep-alive',
    'Connection: Keep-Alive, x-a',
    'Connection: close\xa0',
    'Connection: , ,close',
    'Keep-Alive: timeout=5',
    'TE: trailers',
    'X-Empty:',
    'X-Spaces:  \t a  b \t ',
    'X-Latin: \xe4\xff',
    'Cookie: a=b; c=d',
    'Accept: */*',
  ),
);

/** Lines about the body that should, mostly, not be there. */
export const oddFraming: fc.Arbitrary<string> = fc.constantFrom(
  'Content-Length: 5',
  'Content-Length: 05',
  'Content-Length: 5, 5',
  'Content-Length: +5',
  'Content-Length: 5 ',
  'Content-Length:',
  'Content-Length: 99999999999999999999',
  'Content-Length : 5',
  'Transfer-Encoding: chunked',
  'transfer-encoding:chunked ',
  'Transfer-Encoding: Chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: chunked;a=b',
  'Transfer-Encoding:',
);

const extension = fc.constantFrom(
  '',
  '',
  ';a',
  ';a=b',
  ';a="b c"',
  ';a="\\""',
  ';a;b=c',
  '; a',
  ';',
  ';a=',
  ' ;a',
  ' ',
);
const chunk = fc
  .tuple(
    fc.string({ minLength: 1, maxLength: 20, unit: 'binary-ascii' }),
    extension,
    fc.constantFrom('', '', '0', '000'),
  )
  .map(([data, ext, zeros]) => `${zeros}${data.length.toString(16)}${ext}\r\n${data}\r\n`);
const trailerLine = fc.oneof(
  plainLine,
  fc.constantFrom('X-Sum: 1', 'Content-Length: 5', 'Transfer-Encoding: chunked', 'Host: b'),
);

export const chunkedBody: fc.Arbitrary<string> = fc
  .tuple(fc.array(chunk, { maxLength: 3 }), extension, fc.array(trailerLine, { maxLength: 2 }))
  .map(
    ([chunks, ext, trailers]) =>
      `${chunks.join('')}0${ext}\r\n${trailers.map((line) => `${line}\r\n`).join('')}\r\n`,
  );

/** A body together with the lines that frame it: `framing` ends with CR LF, or is empty. */
export const framedBody: fc.Arbitrary<{ readonly framing: string; readonly body: string }> = fc.oneof(
  fc.constant({ framing: '', body: '' }),
  fc
    .string({ maxLength: 20, unit: 'binary-ascii' })
    .map((body) => ({ framing: `Content-Length: ${body.length}\r\n`, body })),
  chunkedBody.map((body) => ({ framing: 'Transfer-Encoding: chunked\r\n', body })),
);
