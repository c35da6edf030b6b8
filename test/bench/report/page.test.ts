import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaceMarked } from './page.ts';

const BEGIN = '<!-- bench: begin (written by npm run bench) -->';
const END = '<!-- bench: end -->';

test('only the part between the marks is replaced', () => {
  const page = `# Performance\n\nOurs.\n\n${BEGIN}\nold\n${END}\n\nWhat was tried.\n`;
  assert.equal(
    replaceMarked(page, 'new'),
    `# Performance\n\nOurs.\n\n${BEGIN}\nnew\n${END}\n\nWhat was tried.\n`,
  );
});

test('a page without marks is left alone', () => {
  assert.equal(replaceMarked('# Performance\n', 'new'), undefined);
});
