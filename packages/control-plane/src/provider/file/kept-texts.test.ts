import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Log } from '@weft/common/logger/logger';
import { FileProvider } from './file-provider.ts';
import { KeptTexts } from './kept-texts.ts';

const POLICY = `apiVersion: weft.dev/v1alpha1
kind: AuthorizationPolicy
metadata: { name: closed, namespace: shop }
spec: { action: DENY, rules: [{}] }
`;
const WORKLOAD = `apiVersion: v1
kind: ServiceAccount
metadata: { name: web, namespace: shop }
`;

async function place(t: TestContext): Promise<{ readonly manifests: string; readonly file: string }> {
  const root = await mkdtemp(join(tmpdir(), 'weft-kept-'));
  t.after(() => rm(root, { recursive: true }));
  const manifests = await mkdtemp(join(root, 'manifests-'));
  await writeFile(join(manifests, 'policy.yaml'), POLICY);
  await writeFile(join(manifests, 'web.yaml'), WORKLOAD);
  return { manifests, file: join(root, 'data', 'manifests.json') };
}

/** What a provider that starts now reads; then it ends. `lines`: what it logged. */
async function run(manifests: string, file: string) {
  const lines: string[] = [];
  const log = new Log({ output: { write: (line) => void lines.push(line) } }).component('provider');
  await using kept = new KeptTexts(file, log);
  await using provider = new FileProvider(manifests, { kept });
  await provider.ready;
  const { resources, diagnostics, unreadable = [] } = provider.current;
  return {
    names: resources
      .map(({ resource }) => `${resource.kind}/${resource.metadata.name}`)
      .filter((name) => /^AuthorizationPolicy|ServiceAccount\/web/.test(name)),
    problems: diagnostics.length,
    unreadable: unreadable.length,
    lines,
  };
}

const BOTH = ['AuthorizationPolicy/closed', 'ServiceAccount/web'];

test('a file that is broken at the start is in effect as it last was right', async (t) => {
  for (const broken of [POLICY.replace('kind: ', 'kind: ['), POLICY.replace('DENY', 'DNEY')]) {
    const { manifests, file } = await place(t);
    assert.deepEqual((await run(manifests, file)).names, BOTH);
    await writeFile(join(manifests, 'policy.yaml'), broken);
    // Also after a second start: what is broken does not replace what is kept.
    for (let start = 0; start < 2; start++) {
      assert.partialDeepStrictEqual(await run(manifests, file), { names: BOTH, problems: 1, unreadable: 0 });
    }
  }
});

test('a file that was removed meanwhile is not brought back', async (t) => {
  const { manifests, file } = await place(t);
  await run(manifests, file);
  await rm(join(manifests, 'policy.yaml'));
  assert.deepEqual((await run(manifests, file)).names, ['ServiceAccount/web']);
});

test('it is readable by its owner only, since manifests may hold Secrets', async (t) => {
  const { manifests, file } = await place(t);
  await run(manifests, file);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.match(await readFile(file, 'utf8'), /closed/);
});

test('what was kept and can not be read is reported and begun anew', async (t) => {
  const { manifests, file } = await place(t);
  await run(manifests, file);
  await writeFile(file, 'not JSON');
  const { names, lines } = await run(manifests, file);
  assert.deepEqual(names, BOTH);
  assert.match(lines.join(''), /the kept manifests are not used/);
});
