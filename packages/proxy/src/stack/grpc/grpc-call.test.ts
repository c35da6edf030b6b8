import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../codec/h1/limits.ts';
import { H1RequestHead, H1ResponseHead } from '../../codec/h1/message.ts';
import { parseRequestHead, parseResponseHead } from '../../codec/h1/parse-head.ts';
import type { GrpcMetrics } from '../../telemetry/traffic.ts';
import { GrpcCall } from './grpc-call.ts';

function requestHead(...lines: readonly string[]): H1RequestHead {
  const head = new H1RequestHead();
  head.reset(
    ['POST /shop.Books/Get HTTP/1.1', 'host: books', 'content-type: application/grpc', ...lines, '', ''].join(
      '\r\n',
    ),
  );
  assert.equal(parseRequestHead(head, head, DEFAULT_LIMITS), undefined);
  return head;
}

function responseHead(...lines: readonly string[]): H1ResponseHead {
  const head = new H1ResponseHead();
  head.reset(['HTTP/1.1 200 OK', 'content-type: application/grpc', ...lines, '', ''].join('\r\n'));
  head.status = Number(parseResponseHead(head, DEFAULT_LIMITS));
  assert.equal(head.status, 200);
  return head;
}

const call = (...lines: readonly string[]): GrpcCall => new GrpcCall(requestHead(...lines), 100);

test('a call ends with the status in its trailers, or in the head of a Trailers-Only answer', () => {
  const answered = call();
  answered.takeHead(responseHead());
  answered.takeTrailers([
    ['grpc-status', '5'],
    ['grpc-message', 'no%20book'],
  ]);
  assert.equal(answered.statusAfter(200, '-'), 5);
  assert.equal(answered.logEntry(5).message, 'no book');

  const refused = call();
  refused.takeHead(responseHead('grpc-status: 16'));
  refused.takeTrailers(undefined);
  assert.equal(refused.statusAfter(200, '-'), 16);
});

test('a call that ends without a status ends as its client has to understand it', () => {
  const ended = call();
  ended.takeHead(responseHead());
  ended.takeTrailers(undefined);
  assert.equal(ended.statusAfter(200, '-'), 2);
  assert.equal(call().statusAfter(503, '-'), 14);
  assert.equal(call().statusAfter(0, 'DC'), 1);
  assert.equal(call().statusAfter(200, 'UT'), 4);
  assert.equal(call().statusAfter(200, 'UC'), 14);
});

test('refusals of the proxy have the status that stands for the HTTP one, a timeout its own', () => {
  const status = (httpStatus: number, flag: 'UH' | 'UT' | 'UAEX' | 'NR' | 'DPE' | 'IC'): string =>
    call()
      .refusal(httpStatus, flag, 'why')
      .map(([name, value]) => `${name}: ${value}`)
      .join('; ');
  const answer = (code: number): string =>
    `content-type: application/grpc; grpc-status: ${code}; grpc-message: why`;
  assert.equal(status(503, 'UH'), answer(14));
  assert.equal(status(504, 'UT'), answer(4));
  assert.equal(status(403, 'UAEX'), answer(7));
  assert.equal(status(404, 'NR'), answer(12));
  assert.equal(status(400, 'DPE'), answer(13));
  assert.equal(status(500, 'IC'), answer(14));
});

test('an answer that has begun can end with a failure, but not once its trailers are there or a length was promised', () => {
  const begun = call();
  begun.takeHead(responseHead());
  assert.deepEqual(begun.brokenOff('UC', 'weft: UC gone'), [
    ['grpc-status', '14'],
    ['grpc-message', 'weft: UC gone'],
    ['x-weft-response-flags', 'UC'],
  ]);
  assert.equal(begun.statusAfter(200, 'UC'), 14);
  for (const head of [responseHead('grpc-status: 0'), responseHead('content-length: 20')]) {
    const closed = call();
    closed.takeHead(head);
    assert.equal(closed.brokenOff('UC', ''), undefined);
  }
});

test('a call is too late a tick after its deadline, never before', () => {
  const late = call('grpc-timeout: 1S');
  assert.deepEqual(
    [104, 105, 106].map((tick) => late.isTooLate(tick)),
    [false, false, true],
  );
  assert.equal(call().isTooLate(1e9), false);
  assert.equal(call('grpc-timeout: soon').isTooLate(1e9), false);
});

test('the server learns of the shorter limit, the route never lengthens what the client wants', () => {
  const timeoutAfter = (limitMs: number, ...lines: readonly string[]): string | undefined => {
    const head = requestHead(...lines);
    new GrpcCall(head, 0).limit(head, limitMs);
    return head.header('grpc-timeout');
  };
  assert.equal(timeoutAfter(500, 'grpc-timeout: 10S'), '500m');
  assert.equal(timeoutAfter(500), '500m');
  assert.equal(timeoutAfter(500, 'grpc-timeout: 100m'), '100m');
});

test('messages are told once', () => {
  const told: (readonly [number, number])[] = [];
  const metrics = { messages: (...counts: [number, number]) => told.push(counts) } as Partial<GrpcMetrics>;
  const counted = call();
  counted.request.take(Buffer.from([0, 0, 0, 0, 1, 65]));
  counted.tell(metrics as GrpcMetrics);
  counted.tell(metrics as GrpcMetrics);
  counted.response.take(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
  counted.tell(metrics as GrpcMetrics);
  assert.deepEqual(told, [
    [1, 0],
    [0, 2],
  ]);
});
