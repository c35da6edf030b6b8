// The bookshop's answers in words. That they are true is what test/explain proves with real sidecars.

import assert from 'node:assert/strict';
import { join, relative } from 'node:path';
import { before, test } from 'node:test';
import { PLAIN } from '../output/style.ts';
import { matchGolden } from '../testing/golden.ts';
import { UserError } from '../user-error.ts';
import { explain } from './explain.ts';
import type { Explanation } from './explanation.ts';
import { type QuestionExtras, readQuestion } from './question.ts';
import { folderSource, type MeshSource } from './source.ts';
import { explanationLines } from './text/explanation.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const FOLDER = relative(process.cwd(), join(ROOT, 'examples/bookshop'));

let source: MeshSource;
before(async () => {
  source = await folderSource(FOLDER);
});

interface Asked {
  readonly from?: string;
  readonly namespace?: string;
  readonly address?: string;
  readonly headers?: readonly string[];
  readonly extras?: Omit<QuestionExtras, 'headers'>;
}

function ask(
  line: string,
  { headers = [], extras = {}, from = 'storefront', ...caller }: Asked = {},
): Promise<Explanation> {
  const [method = '', url = ''] = line.split(' ');
  return explain(source, readQuestion(method, url, { headers, ...extras }), { from, ...caller });
}

async function golden(name: string, line: string, asked?: Asked): Promise<void> {
  const lines = explanationLines(await ask(line, asked), PLAIN);
  // Files are named as seen from where the tests run.
  const text = lines.join('\n').replaceAll(FOLDER, 'examples/bookshop');
  matchGolden(join(import.meta.dirname, 'testdata', `${name}.txt`), `${text}\n`);
}

test('a request that weights divide is told with its shares', () =>
  golden('weights', 'GET http://reviews/reviews/7'));

test('a header chooses another rule, and a path is told in its normal form', () =>
  golden('header', 'GET http://reviews//reviews/./7', { headers: ['x-beta: true'] }));

test('a refused caller learns which policy, and which condition', () =>
  golden('denied', 'GET http://ratings/ratings/7', { from: 'spider' }));

test('a method that is not allowed is told as such', () => golden('method', 'DELETE http://catalog/books/7'));

test('a connection that is not HTTP is decided by who calls', () =>
  golden('tcp', 'TCP stock:7070', { from: 'spider' }));

test('HTTP to a port that is not HTTP is carried unread', () => golden('http-over-tcp', 'GET http://stock/'));

test('somebody outside has neither routes nor an identity', () =>
  golden('outside', 'GET http://reviews.bookshop/reviews/7', { from: 'outside' }));

test('a request that is no valid HTTP ends at once', () => golden('malformed', 'GET http://reviews/a%2fb'));

test('the same as data', async () => {
  const { caller, route, outcomes } = await ask('GET http://reviews.bookshop.svc.cluster.local:80/');
  assert.deepEqual(caller, {
    kind: 'mesh',
    name: 'storefront',
    namespace: 'bookshop',
    pod: 'storefront-0',
    identity: 'spiffe://cluster.local/ns/bookshop/sa/storefront',
    address: '127.0.0.1',
  });
  assert.equal(route?.winner?.name, 'everybody');
  assert.deepEqual(outcomes, [
    { share: 0.9, outcome: { kind: 'answered', by: 'reviews-v1' } },
    { share: 0.1, outcome: { kind: 'answered', by: 'reviews-v2' } },
  ]);
});

test('a caller is a workload or a Pod, with its namespace where that is needed', async () => {
  for (const asked of [
    { from: 'bookshop/storefront' },
    { from: 'storefront-1' },
    { from: 'storefront', namespace: 'bookshop' },
  ]) {
    const { caller } = await ask('GET http://catalog/', asked);
    assert.equal(caller.name, 'storefront');
  }
});

test('a name that does not exist is answered with those that do', async () => {
  const refused = (line: string, asked: Asked, message: RegExp): Promise<void> =>
    assert.rejects(ask(line, asked), (error) => error instanceof UserError && message.test(error.message));

  await refused(
    'GET http://catalog/',
    { from: 'nobody' },
    /no workload "nobody"; there are: bookshop\/catalog, /,
  );
  await refused(
    'GET http://catalog/',
    { namespace: 'x' },
    /no workload "storefront" in namespace x; there are: none/,
  );
  await refused('GET http://revews/', {}, /no Service "revews" in the mesh; there are: catalog\.bookshop, /);
  await refused(
    'GET http://catalog.shop/',
    {},
    /no Service catalog in namespace shop: .*catalog\.bookshop\?/,
  );
  await refused('GET http://catalog.example.com/', {}, /did you mean catalog\.bookshop\?/);
  await refused('GET http://catalog:81/', {}, /Service bookshop\/catalog has no port 81; it has 80/);
});
