import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { BufferedWriter } from './buffered-writer.ts';

function temporaryFile(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'weft-writer-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'log');
}

const MODULE = pathToFileURL(join(import.meta.dirname, 'buffered-writer.ts')).href;

function child(script: string) {
  const source = `import { BufferedWriter } from ${JSON.stringify(MODULE)}; ${script}`;
  return spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('lines arrive whole and in order, few or many', async (t) => {
  const file = temporaryFile(t);
  const writer = new BufferedWriter({ output: file, flushSize: 100 });
  const lines = Array.from({ length: 500 }, (_, i) => `line ${i} é\n`);
  for (const line of lines) writer.write(line);
  await writer.close();
  assert.equal(readFileSync(file, 'utf8'), lines.join(''));
  assert.equal(writer.dropped, 0);
});

test('a line is written without being pushed by others', async (t) => {
  const writing = child(`new BufferedWriter().write('alone\\n'); setInterval(() => {}, 1000);`);
  t.after(() => writing.kill());
  const [chunk] = await once(writing.stdout, 'data');
  assert.equal(String(chunk), 'alone\n');
});

test('what waits at exit is written', async () => {
  const writing = child(
    `new BufferedWriter({ flushDelayMs: 60_000 }).write('last words\\n'); process.exit(0);`,
  );
  assert.equal(await text(writing.stdout), 'last words\n');
});

test('a reader that does not keep up costs lines, not memory or time', async (t) => {
  const writing = child(`
    const writer = new BufferedWriter({ flushSize: 1000, maxPending: 100_000 });
    const line = 'x'.repeat(999) + '\\n';
    for (let i = 0; i < 5000; i++) writer.write(line);
    const dropped = writer.dropped;
    await writer.close();
    process.exit(dropped > 4000 ? 0 : 1);
  `);
  t.after(() => writing.kill());
  const exit = once(writing, 'exit');
  const read = await text(writing.stdout);
  assert.deepEqual(await exit, [0, null]);
  assert.match(read, /^(x{999}\n)+$/);
});

test('an output that fails is counted and does not throw', async () => {
  const writer = new BufferedWriter({ output: 999_999 });
  writer.write('lost\n');
  await writer.close();
  assert.equal(writer.dropped, 1);
  writer.write('after the end\n');
  assert.equal(writer.dropped, 2);
});
