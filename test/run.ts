// `npm test`: types, lint and format, then every test that needs no root and no cluster.
//   test/run.ts [--only check|unit] [PATTERN …]     PATTERN: test files, instead of all
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = dirname(import.meta.dirname);
const args = process.argv.slice(2);
const only = args[0] === '--only' ? args.splice(0, 2)[1] : undefined;

/** The pinned tools; each prints what is wrong with file and line. */
const CHECKS: readonly (readonly [title: string, tool: string, ...args: string[]])[] = [
  ['types', 'tsc', '-p', '.'],
  ['lint', 'oxlint', '--quiet', 'packages', 'test', 'examples', 'bin'],
  ['format', 'biome', 'check', '--error-on-warnings', '.'],
];

function run(title: string, command: string, args: readonly string[]): Promise<boolean> {
  const started = performance.now();
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit' });
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`${title}: ${command} could not be started: ${error.message}\n`);
      resolve(false);
    });
    child.on('exit', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      process.stdout.write(`${code === 0 ? 'ok' : 'FAILED'}  ${title} (${seconds} s)\n`);
      resolve(code === 0);
    });
  });
}

async function check(): Promise<boolean> {
  let isClean = true;
  for (const [title, tool, ...rest] of CHECKS) {
    isClean = (await run(title, join(ROOT, 'node_modules', '.bin', tool), rest)) && isClean;
  }
  return isClean;
}

function unit(): Promise<boolean> {
  const files =
    args.length > 0
      ? args
      : globSync(['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'], {
          cwd: ROOT,
        });
  // Two at a time: most start servers and processes of their own, and machines with two cores run them too.
  return run('tests', process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-concurrency=2',
    '--test-timeout=180000',
    ...files.sort(),
  ]);
}

const results: boolean[] = [];
if (only !== 'unit') results.push(await check());
if (only !== 'check') results.push(await unit());
process.exitCode = results.every(Boolean) ? 0 : 1;
