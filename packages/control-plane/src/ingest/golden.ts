// For golden tests: manifests through the real parser, and expected values that UPDATE_GOLDEN=1 rewrites.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { EMPTY_STATE, nextState } from '../provider/file/last-good.ts';
import { LocalCluster } from '../provider/file/local-cluster.ts';
import type { ResourceSet } from '../provider/provider.ts';

/** What the file provider makes of one file, with the EndpointSlices of the Pods in it. */
export function readManifest(file: string): ResourceSet {
  return parseManifestText(readFileSync(file, 'utf8'), basename(file));
}

export function parseManifestText(text: string, file = 'input.yaml'): ResourceSet {
  const { set } = nextState(EMPTY_STATE, [{ path: file, text }]);
  return new LocalCluster().complete(set, []);
}

export function assertGolden(file: string, actual: unknown): void {
  const text = stringify(actual, { lineWidth: 110, aliasDuplicateObjects: false });
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
  assert.ok(
    existsSync(file),
    `${file} is missing: run the test with UPDATE_GOLDEN=1 and review what it writes`,
  );
  assert.equal(text, readFileSync(file, 'utf8'));
}

/** The folders in `testdata`, in order. */
export function goldenCases(testdata: string): readonly string[] {
  return readdirSync(testdata, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(testdata, entry.name))
    .sort();
}
