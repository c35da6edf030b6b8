// The example as a newcomer runs it, end to end: real sidecars, mTLS, routing, refusals, live changes.

import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { ManifestFolder, processPort, UpProcess } from '../testing/local-mesh.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../../../examples/bookshop');
const REPLICAS = [
  'catalog',
  'ratings',
  'reviews-v1',
  'reviews-v2',
  'spider',
  'stock',
  'storefront',
  'visitors',
];
const PODS = [...REPLICAS.map((name) => `${name}-0`), 'storefront-1'];

/** A copy that the test may change. */
function copy(): ManifestFolder {
  const folder = new ManifestFolder({});
  cpSync(EXAMPLE, folder.path, { recursive: true });
  return folder;
}

function edit(folder: ManifestFolder, file: string, from: string, to: string): void {
  const text = readFileSync(join(folder.path, file), 'utf8');
  assert.ok(text.includes(from), `${file} has "${from}"`);
  folder.write(file, text.replace(from, to));
}

/** What a traffic source says of the answers that it got. */
async function seen<Counts>(up: UpProcess, pod: string): Promise<Counts> {
  const port = processPort(await up.pod(pod), 8080);
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent: false }, (response) => {
      response.setEncoding('utf8');
      let body = '';
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(JSON.parse(body)));
    }).on('error', reject);
  });
}

const visits = (up: UpProcess) => seen<{ answered: number; failed: number }>(up, 'visitors-0');

/** Waits until visitors have had so many more answers; returns how many failed meanwhile. */
async function failuresOver(up: UpProcess, answers: number): Promise<number> {
  const before = await visits(up);
  await up.until(
    `${answers} more answers`,
    async () => (await visits(up)).answered >= before.answered + answers,
  );
  return (await visits(up)).failed - before.failed;
}

test('the example runs for a while, prints its tables and ends well', async () => {
  await using up = await UpProcess.start(EXAMPLE, '--for', '8s');
  assert.equal(await up.exited, 0, up.output);
  for (const service of ['catalog', 'ratings', 'reviews', 'stock', 'storefront']) {
    assert.match(up.output, new RegExp(`^${service} +v1 +(1/1|2/2) `, 'm'));
  }
  assert.match(up.output, /^storefront +v1 +2\/2 .* 100 %$/m, 'all of it over mTLS');
  assert.match(up.output, /^visitors +storefront v1 /m);
  assert.deepEqual(up.leftovers, []);
});

test('traffic is divided by weight, refused by policy, and no visitor notices a change', async () => {
  using folder = copy();
  await using up = await UpProcess.start(folder.path);
  await up.untilReady(...PODS);
  assert.equal(await failuresOver(up, 100), 0);

  const totals = async (): Promise<Record<string, number>> => {
    const rows = (await up.api.stat()).filter(({ service }) => service === 'reviews');
    return Object.fromEntries(rows.map(({ version, total }) => [version, total]));
  };
  const first = await totals();
  // Nine of ten; of some hundred, chance never makes it two of three.
  assert.ok((first['v1'] ?? 0) > 2 * (first['v2'] ?? 0), `nine of ten to v1: ${JSON.stringify(first)}`);
  const spider = await seen<{ read: number; refused: number }>(up, 'spider-0');
  assert.equal(spider.read, 0);
  assert.ok(spider.refused > 0);

  edit(folder, 'routes.yaml', 'weight: 90', 'weight: 0');
  edit(folder, 'storefront.yaml', 'replicas: 2', 'replicas: 3');
  edit(
    folder,
    'catalog.yaml',
    'app: catalog\n        version: v1',
    'app: catalog\n        version: v1\n        tested: "yes"',
  );
  edit(folder, 'policies.yaml', '["reviews"]', '["reviews", "spider"]');
  assert.equal(await failuresOver(up, 150), 0);
  await up.untilReady(...PODS.filter((name) => name !== 'catalog-0'), 'catalog-1', 'storefront-2');

  const middle = await totals();
  edit(folder, 'storefront.yaml', 'replicas: 3', 'replicas: 1');
  assert.equal(await failuresOver(up, 150), 0);
  let last = middle;
  // The totals are a scrape behind: what v1 had before the change may be counted now.
  await up.until('50 more for v2 and none for v1', async () => {
    const now = await totals();
    if (now['v1'] !== last['v1']) last = now;
    return (now['v2'] ?? 0) >= (last['v2'] ?? 0) + 50;
  });
  await up.until('the spider reads', async () => (await seen<{ read: number }>(up, 'spider-0')).read > 0);
  assert.equal(await up.end('SIGINT'), 0);
});
