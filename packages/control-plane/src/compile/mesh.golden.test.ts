// One folder in testdata for each behaviour: input.yaml → config.yaml (what the input's `# show` lines name) and
// status.yaml (the status of every object, and all diagnostics). The first line of the input is the test's name.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { staticConfigSchema } from '@weft/api/proxy-config/schema';
import type { ResourceType } from '@weft/api/proxy-config/types';
import { assertGolden, goldenCases, readManifest } from '../ingest/golden.ts';
import { compileMesh, type Mesh } from './mesh.ts';

const NOBODY = 'nowhere/nobody';

for (const folder of goldenCases(join(import.meta.dirname, 'testdata'))) {
  const input = join(folder, 'input.yaml');
  const text = readFileSync(input, 'utf8');
  const name = /^# (.+)\n/.exec(text)?.[1];
  assert.ok(name, `${input} does not begin with the test's name`);

  test(name, () => {
    const mesh = compileMesh(readManifest(input), { now: () => new Date('2026-11-21T12:00:00Z') });
    assertGolden(join(folder, 'config.yaml'), shown(mesh, text));
    assertGolden(join(folder, 'status.yaml'), statuses(mesh));
    const pods = [...mesh.model.instances.values()].map(({ namespace, name }) => `${namespace}/${name}`);
    for (const id of [NOBODY, ...pods]) {
      const config = mesh.proxyConfig(id);
      assert.deepEqual(staticConfigSchema.parse(config), config, 'it can be saved and run in static mode');
    }
  });
}

/** `# show Outbound shop/reviews:80 to tools/spider`: as that client sees it; without it a client of no name. */
function shown(mesh: Mesh, text: string): object {
  const shown: Record<string, unknown> = {};
  for (const [, what = '', type, name = '', id = NOBODY] of text.matchAll(
    /^# show ((\w+) (\S+)(?: to (\S+))?)$/gm,
  )) {
    const client = { id, namespace: id.slice(0, id.indexOf('/')) };
    shown[what] = mesh.resource(type as ResourceType, name, client) ?? 'does not exist';
  }
  return shown;
}

function statuses(mesh: Mesh): object {
  const statuses: Record<string, unknown> = {};
  for (const { object } of mesh.objects()) {
    const { kind, metadata } = object;
    const ref = [kind, metadata.namespace, metadata.name].filter((part) => part !== undefined).join('/');
    const status = mesh.statusOf(ref);
    if (status) statuses[ref] = status;
  }
  const diagnostics = mesh.diagnostics.map(({ severity, reason, message, object, line, column, field }) => ({
    at: column === undefined ? `${line}` : `${line}:${column}`,
    severity,
    reason,
    message,
    ...(object !== undefined && { object }),
    ...(field !== undefined && { field }),
  }));
  return { diagnostics, statuses };
}
