// What the documentation points at exists: relative links with their headings, and every file that it names.

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const ROOT = dirname(dirname(import.meta.dirname));

const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: ROOT }).sort();
const sources = globSync('packages/*/src', { cwd: ROOT });

function textOf(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** Without code blocks and code spans, in which `[0](x)` is no link. */
function prose(text: string): string {
  return text.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, '');
}

interface Mention {
  readonly page: string;
  readonly target: string;
}

function linksOf(page: string): Mention[] {
  const links = prose(textOf(page)).matchAll(/\]\(([^()\s]+)\)/g);
  return [...links]
    .map(([, target = '']) => ({ page, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

/** `folder/file.ts`, also inside of code. Names with a placeholder (`<name>.ts`) are for the reader to fill in. */
function filesOf(page: string): Mention[] {
  const names = textOf(page).matchAll(
    /(?<![\w<>/.:-])(?:[\w.-]+\/)+[\w.-]+\.(?:ts|mjs|yaml|json|md)\b(?!\/)/g,
  );
  return [...names].map(([target]) => ({ page, target }));
}

/** As GitHub makes them: lower-case, without punctuation, dashes for spaces. */
function anchorsOf(page: string): readonly string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** From the root, beside the page, or in a package's sources, as pages shorten it. */
function isThere({ page, target }: Mention): boolean {
  return ['', dirname(page), ...sources].some((folder) => existsSync(join(ROOT, folder, target)));
}

test('the rules are held against real pages', () => {
  assert.ok(pages.includes('README.md') && pages.length > 10, pages.join(', '));
  assert.ok(pages.flatMap(linksOf).length > 30);
  assert.ok(pages.flatMap(filesOf).length > 100);
});

test('every relative link leads to a file, and to a heading of it', () => {
  const broken = pages.flatMap(linksOf).filter(({ page, target }) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : normalize(join(dirname(page), path));
    if (!existsSync(join(ROOT, file))) return true;
    return anchor !== undefined && !anchorsOf(file).includes(anchor);
  });
  assert.deepEqual(broken, []);
});

test('every file that a page names exists', () => {
  const missing = pages.flatMap(filesOf).filter((mention) => !isThere(mention));
  assert.deepEqual(missing, []);
});

test('no page names a folder of somebody’s machine', () => {
  const wrong = pages.filter((page) => /(?<![\w.])\/(?:home|Users|root|work|tmp)\//.test(textOf(page)));
  assert.deepEqual(wrong, []);
});
