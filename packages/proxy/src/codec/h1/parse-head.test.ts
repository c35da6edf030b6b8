import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from './limits.ts';
import { H1RequestHead, H1ResponseHead } from './message.ts';
import { HeadGatherer } from './message-reader.ts';
import { parseRequestHead, parseResponseHead } from './parse-head.ts';
import { type H1Refusal, REFUSALS } from './refusal.ts';

const LIMITS = { ...DEFAULT_LIMITS, startLineBytes: 100, headBytes: 400, headerCount: 5 };

/** Through the gatherer, as on a connection: what is no head for it never reaches the parser. */
function requestOf(text: string): H1RequestHead | H1Refusal | undefined {
  const gathered = new HeadGatherer(LIMITS).take(Buffer.from(text, 'latin1'));
  if (typeof gathered !== 'string') return gathered;
  const head = new H1RequestHead();
  head.reset(gathered);
  return parseRequestHead(head, head, LIMITS) ?? head;
}

function responseOf(text: string): H1ResponseHead | H1Refusal | undefined {
  const gathered = new HeadGatherer(LIMITS, 'HTTP/1.').take(Buffer.from(text, 'latin1'));
  if (typeof gathered !== 'string') return gathered;
  const head = new H1ResponseHead();
  head.reset(gathered);
  const status = parseResponseHead(head, LIMITS);
  if (typeof status !== 'number') return status;
  head.status = status;
  return head;
}

const withHost = (lines: string): string => `GET / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;

const REFUSED: readonly (readonly [what: string, text: string, refusal: H1Refusal])[] = [
  ['HTTP/0.9', 'GET /\r\n\r\n', REFUSALS.startLine],
  ['no method', ' / HTTP/1.1\r\nHost: a\r\n\r\n', REFUSALS.startLine],
  ['a method that is no token', 'G(T / HTTP/1.1\r\nHost: a\r\n\r\n', REFUSALS.startLine],
  ['no target', 'GET  HTTP/1.1\r\nHost: a\r\n\r\n', REFUSALS.startLine],
  ['two spaces after the method', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', REFUSALS.startLine],
  ['a tab for a space', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n', REFUSALS.startLine],
  ['two spaces before the version', 'GET /  HTTP/1.1\r\nHost: a\r\n\r\n', REFUSALS.startLine],
  ['a space after the version', 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n', REFUSALS.lineEnd],
  ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', REFUSALS.startLine],
  ['a byte over 127 in the target', 'GET /\xe4 HTTP/1.1\r\nHost: a\r\n\r\n', REFUSALS.target],
  ['a control character in the target', 'GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n', REFUSALS.target],
  ['NUL in the target', 'GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n', REFUSALS.target],
  ['HTTP/2 by its preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', REFUSALS.version],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\nHost: a\r\n\r\n', REFUSALS.version],
  ['HTTP/0.9 with its version', 'GET / HTTP/0.9\r\nHost: a\r\n\r\n', REFUSALS.version],
  ['HTTP/11.1', 'GET / HTTP/11.1\r\nHost: a\r\n\r\n', REFUSALS.startLine],
  ['HTTP/1.10', 'GET / HTTP/1.10\r\nHost: a\r\n\r\n', REFUSALS.lineEnd],
  ['HTTP/1', 'GET / HTTP/1\r\nHost: a\r\n\r\n', REFUSALS.startLine],
  ['http/1.1', 'GET / http/1.1\r\nHost: a\r\n\r\n', REFUSALS.startLine],
  ['a bare LF after the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', REFUSALS.lineEnd],
  ['bare LFs only', 'GET / HTTP/1.1\nHost: a\n\n', REFUSALS.lineEnd],
  ['a bare CR after the request line', 'GET / HTTP/1.1\rHost: a\r\n\r\n', REFUSALS.lineEnd],
  ['a bare LF between headers', withHost('a: b\nc: d\r\n'), REFUSALS.lineEnd],
  ['a bare CR in a value', withHost('a: b\rc: d\r\n'), REFUSALS.lineEnd],
  ['CR CR LF', withHost('a: b\r\r\n'), REFUSALS.lineEnd],
  ['NUL in a value', withHost('a: b\0c\r\n'), REFUSALS.headerValue],
  ['a control character in a value', withHost('a: b\x0bc\r\n'), REFUSALS.headerValue],
  ['DEL in a value', withHost('a: b\x7f\r\n'), REFUSALS.headerValue],
  ['a folded line', withHost('a: b\r\n c\r\n'), REFUSALS.lineFolding],
  ['a folded line with a tab', withHost('a: b\r\n\tc\r\n'), REFUSALS.lineFolding],
  ['a folded first line', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n', REFUSALS.lineFolding],
  ['a space before the colon', withHost('a : b\r\n'), REFUSALS.headerName],
  ['a space before the colon of Content-Length', withHost('Content-Length : 5\r\n'), REFUSALS.headerName],
  ['a tab before the colon', withHost('a\t: b\r\n'), REFUSALS.headerName],
  ['a header without a name', withHost(': b\r\n'), REFUSALS.headerName],
  ['a header without a colon', withHost('abc\r\n'), REFUSALS.headerName],
  ['NUL in a header name', withHost('a\0b: c\r\n'), REFUSALS.headerName],
  ['a byte over 127 in a header name', withHost('\xe4: c\r\n'), REFUSALS.headerName],
  ['HTTP/1.1 without Host', 'GET / HTTP/1.1\r\na: b\r\n\r\n', REFUSALS.host],
  ['two Hosts', withHost('Host: b\r\n'), REFUSALS.host],
  ['two equal Hosts', withHost('host: a\r\n'), REFUSALS.host],
  ['a negative Content-Length', withHost('Content-Length: -1\r\n'), REFUSALS.contentLength],
  ['a Content-Length with a sign', withHost('Content-Length: +5\r\n'), REFUSALS.contentLength],
  ['a hexadecimal Content-Length', withHost('Content-Length: 0x5\r\n'), REFUSALS.contentLength],
  ['a Content-Length in words', withHost('Content-Length: 5 5\r\n'), REFUSALS.contentLength],
  ['a Content-Length that is a list', withHost('Content-Length: 5, 5\r\n'), REFUSALS.contentLength],
  ['an empty Content-Length', withHost('Content-Length:\r\n'), REFUSALS.contentLength],
  [
    'a Content-Length over what numbers hold',
    withHost('Content-Length: 9007199254740993\r\n'),
    REFUSALS.contentLength,
  ],
  ['two Content-Lengths', withHost('Content-Length: 5\r\nContent-Length: 6\r\n'), REFUSALS.contentLength],
  [
    'two equal Content-Lengths',
    withHost('Content-Length: 5\r\ncontent-length: 5\r\n'),
    REFUSALS.contentLength,
  ],
  [
    'Content-Length and Transfer-Encoding',
    withHost('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'),
    REFUSALS.bothLengths,
  ],
  [
    'Transfer-Encoding and Content-Length 0',
    withHost('Transfer-Encoding: chunked\r\nContent-Length: 0\r\n'),
    REFUSALS.bothLengths,
  ],
  ['another coding', withHost('Transfer-Encoding: gzip\r\n'), REFUSALS.transferEncoding],
  [
    'another coding before chunked',
    withHost('Transfer-Encoding: gzip, chunked\r\n'),
    REFUSALS.transferEncoding,
  ],
  ['chunked twice', withHost('Transfer-Encoding: chunked, chunked\r\n'), REFUSALS.transferEncoding],
  [
    'Transfer-Encoding twice',
    withHost('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'),
    REFUSALS.transferEncoding,
  ],
  ['an empty Transfer-Encoding', withHost('Transfer-Encoding:\r\n'), REFUSALS.transferEncoding],
  ['identity', withHost('Transfer-Encoding: identity\r\n'), REFUSALS.transferEncoding],
  ['a quoted coding', withHost('Transfer-Encoding: "chunked"\r\n'), REFUSALS.transferEncoding],
  ['a coding with parameters', withHost('Transfer-Encoding: chunked;q=1\r\n'), REFUSALS.transferEncoding],
  [
    'a coding followed by a byte over 127',
    withHost('Transfer-Encoding: chunked\xa0\r\n'),
    REFUSALS.transferEncoding,
  ],
  [
    'Transfer-Encoding in HTTP/1.0',
    'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n',
    REFUSALS.transferEncodingVersion,
  ],
  ['an expectation that nobody knows', withHost('Expect: tea\r\n'), REFUSALS.expectation],
  [
    '100-continue beside another expectation',
    withHost('Expect: 100-continue, tea\r\n'),
    REFUSALS.expectation,
  ],
  [
    'a request line over the limit',
    `GET /${'a'.repeat(100)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    REFUSALS.startLineTooLong,
  ],
  ['a request line without an end', `GET /${'a'.repeat(400)}`, REFUSALS.startLineTooLong],
  ['a head over the limit', withHost(`a: ${'b'.repeat(400)}\r\n`), REFUSALS.headTooLarge],
  ['an unfinished head over the limit', `GET / HTTP/1.1\r\na: ${'b'.repeat(400)}`, REFUSALS.headTooLarge],
  ['more header lines than the limit', withHost('a: b\r\n'.repeat(5)), REFUSALS.tooManyHeaders],
  ['TLS on a port of plain text', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', REFUSALS.startLine],
];
for (const [what, text, refusal] of REFUSED) {
  test(`a request is refused: ${what}`, () => assert.equal(requestOf(text), refusal));
}

const ACCEPTED: readonly (readonly [what: string, text: string, expected: Partial<H1RequestHead>])[] = [
  ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', { minorVersion: 0, isPersistent: false }],
  ['HTTP/1.0 that asks to stay', 'GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n', { isPersistent: true }],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', { method: 'GET', count: 1 }],
  ['an absolute target', 'GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n', { target: 'http://b/x' }],
  [
    'an authority target',
    'CONNECT b:443 HTTP/1.1\r\nHost: b\r\n\r\n',
    { method: 'CONNECT', target: 'b:443' },
  ],
  ['an asterisk target', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', { target: '*' }],
  ['a method of its own', 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n', { method: 'BREW' }],
  ['a method in lower case is another one', 'get / HTTP/1.1\r\nHost: a\r\n\r\n', { method: 'get' }],
  ['space around a value', withHost('Content-Length: \t 7 \t\r\n'), { contentLength: 7, hasBody: true }],
  ['leading zeros', withHost('Content-Length: 007\r\n'), { contentLength: 7 }],
  ['Content-Length 0', withHost('Content-Length: 0\r\n'), { contentLength: 0, hasBody: false }],
  ['chunked in capitals', withHost('TRANSFER-ENCODING: CHUNKED\r\n'), { isChunked: true, hasBody: true }],
  [
    'close among others',
    withHost('Connection: x-a ,\tclose\r\n'),
    { isPersistent: false, connectionNames: ['x-a'] },
  ],
  [
    'several Connection lines',
    withHost('Connection: a\r\nConnection: b\r\n'),
    { connectionNames: ['a', 'b'] },
  ],
  [
    'close with a byte over 127 is another option',
    withHost('Connection: close\xa0\r\n'),
    { isPersistent: true },
  ],
  ['an Upgrade', withHost('Connection: Upgrade\r\nUpgrade: websocket\r\n'), { upgrade: 'websocket' }],
  ['an Upgrade that Connection does not name', withHost('Upgrade: websocket\r\n'), { upgrade: undefined }],
  [
    'an Upgrade to cleartext HTTP/2 stays here',
    withHost('Connection: Upgrade\r\nUpgrade: h2c\r\n'),
    { upgrade: undefined },
  ],
  [
    'an Upgrade to cleartext HTTP/2 among others stays here',
    withHost('Connection: Upgrade\r\nUpgrade: websocket, H2C\r\n'),
    { upgrade: undefined },
  ],
  ['an expectation in capitals', withHost('Expect: 100-Continue\r\n'), { expectsContinue: true }],
];
for (const [what, text, expected] of ACCEPTED) {
  test(`a request is accepted: ${what}`, () => {
    const head = requestOf(text);
    assert.ok(head instanceof H1RequestHead, JSON.stringify(head));
    for (const [field, value] of Object.entries(expected))
      assert.deepEqual(head[field as keyof H1RequestHead], value, field);
  });
}

test('header values are found by name in any case, joined in order, bytes over 127 as they are', () => {
  const head = requestOf(withHost('X-A: 1\r\nx-a:\t2\r\nb: \xe4\r\n'));
  assert.ok(head instanceof H1RequestHead);
  assert.equal(head.header('x-a'), '1, 2');
  assert.equal(head.header('b'), '\xe4');
  assert.equal(head.header('c'), undefined);
});

test('a head is the same however its bytes are cut', () => {
  const text = withHost('Content-Length: 5\r\na: b\r\n');
  for (const size of [1, 2, 3, 7, 16]) {
    const gatherer = new HeadGatherer(LIMITS);
    const bytes = Buffer.from(`${text}hello`);
    let gathered: string | H1Refusal | undefined;
    let at = 0;
    for (; gathered === undefined && at < bytes.length; at += size)
      gathered = gatherer.take(bytes.subarray(at, at + size));
    assert.equal(gathered, text);
    assert.equal(gatherer.heldBytes, 0);
    assert.equal(`${gatherer.rest ?? ''}${bytes.subarray(at)}`, 'hello');
  }
});

test('what follows a head in pieces does not count against its limit', () => {
  const gatherer = new HeadGatherer(LIMITS);
  assert.equal(gatherer.take(Buffer.from('POST / HTT')), undefined);
  const body = 'x'.repeat(LIMITS.headBytes);
  assert.equal(gatherer.take(Buffer.from(`P/1.0\r\n\r\n${body}`)), 'POST / HTTP/1.0\r\n\r\n');
  assert.equal(gatherer.rest?.toString(), body);
  assert.equal(gatherer.heldBytes, 0);
});

test('what can not become a head is refused before it is complete', () => {
  const begins = (bytes: string): unknown => new HeadGatherer(LIMITS, 'HTTP/1.').take(Buffer.from(bytes));
  assert.equal(begins('HTT'), undefined);
  assert.equal(begins('SSH-2.0-x\r\n'), REFUSALS.startLine);
  assert.equal(begins('HTTP/2 200'), REFUSALS.startLine);
  assert.equal(begins('HTTP/1.1 200 OK\n'), REFUSALS.lineEnd);
  const gatherer = new HeadGatherer(LIMITS);
  assert.equal(gatherer.take(Buffer.from('GET / HTTP/1.1\r')), undefined);
  assert.equal(gatherer.take(Buffer.from('\nHost: a')), undefined);
  assert.equal(gatherer.take(Buffer.from('\n')), REFUSALS.lineEnd);
});

const REFUSED_RESPONSES: readonly (readonly [what: string, text: string, refusal: H1Refusal])[] = [
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', REFUSALS.statusLine],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', REFUSALS.statusLine],
  ['a status under 100', 'HTTP/1.1 099 OK\r\n\r\n', REFUSALS.statusLine],
  ['a status over 599', 'HTTP/1.1 600 OK\r\n\r\n', REFUSALS.statusLine],
  ['HTTP/2', 'HTTP/2.0 200 OK\r\n\r\n', REFUSALS.statusLine],
  ['a control character in the reason', 'HTTP/1.1 200 O\0K\r\n\r\n', REFUSALS.lineEnd],
  ['an empty line before', '\r\nHTTP/1.1 200 OK\r\n\r\n', REFUSALS.statusLine],
  [
    'both lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    REFUSALS.bothLengths,
  ],
  [
    'two lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n',
    REFUSALS.contentLength,
  ],
  [
    'another coding',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
    REFUSALS.transferEncoding,
  ],
  [
    'chunked in HTTP/1.0',
    'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    REFUSALS.transferEncodingVersion,
  ],
  ['a folded line', 'HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n', REFUSALS.lineFolding],
];
for (const [what, text, refusal] of REFUSED_RESPONSES) {
  test(`a response is refused: ${what}`, () => assert.equal(responseOf(text), refusal));
}

test('a response is accepted without a reason, and without the space before it', () => {
  for (const line of ['HTTP/1.1 204 ', 'HTTP/1.1 204', 'HTTP/1.0 204 No \xe4 Content']) {
    const head = responseOf(`${line}\r\n\r\n`);
    assert.ok(head instanceof H1ResponseHead, line);
    assert.equal(head.status, 204);
  }
});
