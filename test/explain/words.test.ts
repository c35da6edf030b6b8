// What explain says of everything that routes and policies can do, word for word.

import { join, relative } from 'node:path';
import { test } from 'node:test';
import { explain } from '@weft/cli/explain/explain';
import { type QuestionExtras, readQuestion } from '@weft/cli/explain/question';
import { folderSource } from '@weft/cli/explain/source';
import { explanationLines } from '@weft/cli/explain/text/explanation';
import { PLAIN } from '@weft/cli/output/style';
import { matchGolden } from '@weft/cli/testing/golden';

const FOLDER = relative(process.cwd(), join(import.meta.dirname, 'manifests'));

const QUESTIONS: readonly (readonly [
  name: string,
  from: string,
  method: string,
  url: string,
  ...headers: string[],
])[] = [
  ['edited', 'front', 'GET', 'http://api/a/x', 'x-tier: gold', 'x-drop: 1', 'x-seen: before'],
  ['divided', 'front', 'GET', 'http://api/split'],
  ['divided-verdict', 'robot', 'GET', 'http://api.shop/split'],
  ['rewritten', 'front', 'GET', 'http://api/rw/x?debug=0'],
  ['redirected', 'front', 'GET', 'http://api/old/x?q=1'],
  ['no-backend', 'front', 'DELETE', 'http://api/a'],
  ['not-permitted', 'front', 'GET', 'http://api/depot'],
  ['no-route', 'front', 'GET', 'http://api/nowhere'],
  ['no-endpoint', 'front', 'GET', 'http://lonely/'],
  ['copied', 'front', 'GET', 'http://api/copied'],
  ['without-sidecar', 'front', 'GET', 'http://legacy/'],
  ['from-without-sidecar', 'legacy', 'GET', 'http://open/a'],
  ['mtls-disabled', 'front', 'GET', 'http://open/b'],
  ['several-policies', 'robot', 'DELETE', 'http://store.shop/items/7'],
  ['denied-by-rule', 'robot', 'GET', 'http://api.shop/a/secret'],
  ['not-declared', 'front', 'GET', 'http://auto/'],
  ['bytes-denied', 'robot', 'TCP', 'line.shop:9000'],
];

/** With what is no header: `grpc` or `sni`. */
const PROTOCOL_QUESTIONS: readonly (readonly [
  name: string,
  method: string,
  url: string,
  extras: Partial<QuestionExtras>,
])[] = [
  ['grpc-call', 'POST', 'http://carts', { grpc: 'shop.Carts/Add', headers: ['x-tier: gold'] }],
  ['grpc-divided', 'POST', 'http://carts', { grpc: 'shop.Orders/ListAll' }],
  ['grpc-no-route', 'POST', 'http://carts', { grpc: 'bank.Accounts/Close' }],
  ['grpc-no-backend', 'POST', 'http://carts', { grpc: 'shop.Void/Call' }],
  ['not-grpc', 'GET', 'http://carts/shop.Carts/Add', {}],
  ['tls-exact-name', 'TCP', 'tls://edge:443', { sni: 'api.example.com' }],
  ['tls-wildcard', 'TCP', 'tls://edge:443', { sni: 'a.b.example.com' }],
  ['tls-other-name', 'TCP', 'tls://edge:443', {}],
  ['tls-no-name', 'TCP', 'edge:443', {}],
  ['tcp-divided', 'TCP', 'pipe:9000', {}],
  ['tls-originated', 'GET', 'http://bank/', {}],
  ['tls-not-twice', 'TCP', 'tls://bank:443', {}],
  ['tls-no-roots', 'GET', 'http://bank:8080/', {}],
];

for (const [name, method, url, extras] of PROTOCOL_QUESTIONS) {
  test(`${name}: ${method} ${url}`, () => golden(name, 'front', method, url, { headers: [], ...extras }));
}

for (const [name, from, method, url, ...headers] of QUESTIONS) {
  test(`${name}: ${method} ${url} from ${from}`, () => golden(name, from, method, url, { headers }));
}

async function golden(
  name: string,
  from: string,
  method: string,
  url: string,
  extras: QuestionExtras,
): Promise<void> {
  // The references that cannot be resolved are on purpose; a note of them in every answer says nothing.
  const source = { ...(await folderSource(FOLDER)), notes: [] };
  const explanation = await explain(source, readQuestion(method, url, extras), { from });
  const text = explanationLines(explanation, PLAIN)
    .join('\n')
    .replaceAll(FOLDER, 'manifests')
    // Made up by the sidecar, other each time.
    .replaceAll(/00-[0-9a-f]{32}-[0-9a-f]{16}-00/g, 'TRACEPARENT');
  matchGolden(join(import.meta.dirname, 'testdata', `${name}.txt`), `${text}\n`);
}
