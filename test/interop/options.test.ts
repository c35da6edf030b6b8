// The command line of the suite.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOptions, UsageError } from './options.ts';
import { NAMED_PARTS, PARTS } from './parts.ts';

test('without a part all run but those that have to be named', () => {
  assert.deepEqual(parseOptions([])?.parts, PARTS);
});

test('a part is run because it is named', () => {
  const [named] = NAMED_PARTS;
  assert.deepEqual(parseOptions([named?.name ?? '', '--only', 'HTTP/2']), { parts: [named], only: 'HTTP/2' });
});

test('an unknown part is refused with those that there are', () => {
  assert.throws(
    () => parseOptions(['http3']),
    (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /no part 'http3': there are h2spec, http, grpc/);
      return true;
    },
  );
});
