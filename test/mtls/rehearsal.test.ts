// What a sidecar does once before its first client comes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fixedIdentity, meshIdentity } from '@weft/proxy/identity/mesh-identity';
import { rehearse } from '@weft/proxy/rehearsal';
import { TestCertificates } from './certificates.ts';

test('a connection to ourselves goes through, and leaves nothing behind', async () => {
  await using certificates = await TestCertificates.create();
  const leaf = await certificates.issue('web');
  const roots = [await readFile(leaf.rootsFile, 'utf8')];
  const identity = fixedIdentity(meshIdentity({ privateKey: leaf.key, chain: leaf.chain, roots }));
  const started = performance.now();
  await rehearse(identity);
  // Far below its limit, at which it would have given up.
  assert.ok(performance.now() - started < 900);
  // The file ends by itself, which it would not with anything left open.
});
