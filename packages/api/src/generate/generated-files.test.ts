import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generatedFiles } from './generated-files.ts';

const root = join(import.meta.dirname, '../../../..');

for (const [path, text] of generatedFiles()) {
  test(`${path} is what the schemas give (npm run generate)`, () => {
    const isCurrent = readFileSync(join(root, path), 'utf8') === text;
    assert.ok(isCurrent, `${path} is out of date: run npm run generate`);
  });
}
