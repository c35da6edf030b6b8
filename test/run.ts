// `npm test`: types, lint and format, then every test that needs no root and no cluster.
//   test/run.ts [--only check|unit] [PATTERN …]     PATTERN: test files, instead of all
//
// A test file that fails is run once more, alone, when the others are through (docs/decisions/0020-flaky-tests.md).
import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Failure, failuresByFile } from './runner/failures.ts';

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

const NODE_TEST = [
  '--disable-warning=ExperimentalWarning',
  '--test',
  // Two at a time: most start servers and processes of their own, and machines with two cores run them too.
  '--test-concurrency=2',
  '--test-timeout=180000',
];
/** More files than this do not fail by chance: none of them is run again. */
const MAX_REPEATED = 4;

async function unit(): Promise<boolean> {
  const files =
    args.length > 0
      ? args
      : globSync(['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'], {
          cwd: ROOT,
        });
  const folder = mkdtempSync(join(tmpdir(), 'weft-test-run-'));
  const record = join(folder, 'failures.ndjson');
  try {
    const isGood = await run('tests', process.execPath, [
      ...NODE_TEST,
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      `--test-reporter=${join(ROOT, 'test', 'runner', 'failures.ts')}`,
      `--test-reporter-destination=${record}`,
      ...files.sort(),
    ]);
    return isGood || (await passesAlone(failuresByFile(readFileSync(record, 'utf8'))));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs what failed once more, one file at a time; true where all of it passes then. */
async function passesAlone(failed: ReadonlyMap<string, readonly Failure[]>): Promise<boolean> {
  // The run itself failed, or it is too much for chance.
  if (failed.size === 0 || failed.size > MAX_REPEATED) return false;
  let isGood = true;
  for (const [file, failures] of failed) isGood = (await repeat(relative(ROOT, file), failures)) && isGood;
  if (isGood) process.stdout.write(`ok      tests, but ${failed.size} flaky: see above\n`);
  return isGood;
}

async function repeat(file: string, failures: readonly Failure[]): Promise<boolean> {
  const child = spawn(process.execPath, [...NODE_TEST, '--test-reporter=spec', file], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const output = await text(child.stdout);
  if ((await exited) !== 0) {
    process.stdout.write(`FAILED  again, alone: ${file}\n${output.replaceAll(/^/gm, '    ')}\n`);
    return false;
  }
  const first = failures.flatMap(({ test, error }) => (error === undefined ? [] : [`${test}\n${error}`]));
  process.stdout.write(
    `\nflaky: ${file} failed beside the others and passed alone. A test that fails without a reason is a bug: find it ` +
      `by what it said at first:\n${first.join('\n').replaceAll(/^/gm, '    ')}\n\n`,
  );
  return true;
}

const results: boolean[] = [];
if (only !== 'unit') results.push(await check());
if (only !== 'check') results.push(await unit());
process.exitCode = results.every(Boolean) ? 0 : 1;
