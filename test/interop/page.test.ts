// The page of results.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writePage } from './page.ts';

const part = { name: 'tool', title: 'A tool', debian: [], run: async () => {} };

function pageWith(text: string, t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'weft-page-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'page.md');
  writeFileSync(file, text);
  return file;
}

test('results take the place of those of the last run, and no other', (t) => {
  const file = pageWith(
    'before\n<!-- interop: begin (written by npm run interop) -->\nold\n<!-- interop: end -->\nafter\n',
    t,
  );
  const result = { part: 'tool', check: 'one', kind: 'failed', figures: 'a|b\nc', seconds: 1 } as const;
  writePage(file, [part], [result]);
  writePage(file, [part], [{ ...result, kind: 'passed' }]);
  const page = readFileSync(file, 'utf8');
  assert.match(page, /^before\n<!--/);
  assert.match(page, /-->\nafter\n$/);
  assert.doesNotMatch(page, /old|failed/);
  assert.match(page, /\n\| one \| passed \| a\\\|b c \|\n/);
});

test('a page without the marks is left as it is', (t) => {
  const file = pageWith('mine\n', t);
  assert.throws(() => writePage(file, [part], []), /add them where the results belong/);
  assert.equal(readFileSync(file, 'utf8'), 'mine\n');
});
