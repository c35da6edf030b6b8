// The runner itself: what a file that fails once, twice or in great company comes to.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';

const RUN = join(import.meta.dirname, '..', 'run.ts');

const BROKEN = `import { test } from 'node:test';
test('is broken', () => { throw new Error('for a reason'); });
`;
/** Leaves a mark beside itself when it has failed. */
const FLAKY = `import { test } from 'node:test';
import { existsSync, writeFileSync } from 'node:fs';
test('is flaky', async (t) => {
  await t.test('inside', () => {
    const mark = import.meta.filename + '.mark';
    if (existsSync(mark)) return;
    writeFileSync(mark, '');
    throw new Error('lost a race');
  });
});
`;
/** Ends before any test could. */
const CRASHING = `import { existsSync, writeFileSync } from 'node:fs';
const mark = import.meta.filename + '.mark';
if (!existsSync(mark)) {
  writeFileSync(mark, '');
  process.exit(7);
}
`;

async function run(t: TestContext, ...programs: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'weft-runner-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = programs.map((program, index) => {
    const file = join(folder, `${index}.test.ts`);
    writeFileSync(file, program);
    return file;
  });
  // Of the run that this test is part of: with it, node runs nothing in the next one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, [RUN, '--only', 'unit', ...files], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { code, output };
}

test('a file that passes alone is flaky, said aloud with its first error, and passes', async (t) => {
  const { code, output } = await run(t, FLAKY, CRASHING);
  assert.equal(code, 0, output);
  assert.match(output, /^ℹ fail 3$/m, 'the counts are those of the first run');
  assert.match(output, /^flaky: \S+0\.test\.ts failed beside the others and passed alone\.[^]*lost a race/m);
  assert.match(output, /^flaky: \S+1\.test\.ts /m);
});

test('a file that fails twice fails the run, whatever else was flaky', async (t) => {
  const { code, output } = await run(t, BROKEN, FLAKY);
  assert.equal(code, 1);
  assert.match(output, /^FAILED {2}again, alone: \S+0\.test\.ts$/m);
  assert.match(output, /for a reason/);
});

test('many files that fail are not run again', async (t) => {
  const { code, output } = await run(t, ...Array.from({ length: 5 }, () => FLAKY));
  assert.equal(code, 1);
  assert.doesNotMatch(output, /flaky:|again, alone/);
});
