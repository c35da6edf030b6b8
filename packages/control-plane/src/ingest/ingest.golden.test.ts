// One folder in testdata for each kind of object: input.yaml → model.yaml, what each object makes of the model and
// what its author is told, from the object alone.

import { basename, join } from 'node:path';
import { test } from 'node:test';
import { assertGolden, goldenCases, readManifest } from './golden.ts';
import { ingest, ingestUnreadable } from './ingest.ts';

for (const folder of goldenCases(join(import.meta.dirname, 'testdata'))) {
  test(`the model of ${basename(folder)} objects`, () => {
    const { resources, unreadable = [] } = readManifest(join(folder, 'input.yaml'));
    const written = resources.filter(({ origin }) => origin);
    assertGolden(join(folder, 'model.yaml'), [
      ...written.map(({ resource }) => ingest(resource) ?? `${resource.kind} is no part of the model`),
      ...unreadable.map(
        ({ resource }) =>
          ingestUnreadable(resource, { reason: 'InvalidField', message: '<problem>' }) ??
          `${resource.kind} leaves nothing open`,
      ),
    ]);
  });
}
