import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilGone } from '../testing/processes.ts';
import { describeExit, type ProcessSpec, startProcess } from './child-process.ts';
import { OrphanGuard } from './orphan-guard.ts';

let folder: string;
let guard: OrphanGuard;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-test-'));
  guard = new OrphanGuard(folder);
});
after(() => guard.close());

function shell(script: string): ProcessSpec {
  return {
    command: ['/bin/sh', '-c', script],
    workingDirectory: folder,
    environment: process.env,
    logFile: join(folder, 'test.log'),
  };
}

/** Waits for a pid that a script wrote to a file. */
async function pidIn(file: string): Promise<number> {
  for (;;) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (text.endsWith('\n')) return Number(text);
    await sleep(5);
  }
}

test('the exit tells the code, the signal, or why the process could not start', async () => {
  assert.equal(describeExit(await startProcess(shell('exit 3'), guard).exited), 'exit code 3');
  assert.equal(describeExit(await startProcess(shell('kill -s SEGV $$'), guard).exited), 'killed by SIGSEGV');
  const missing = await startProcess({ ...shell(''), command: ['no-such-program'] }, guard).exited;
  assert.equal(describeExit(missing), `command "no-such-program" not found (started in ${folder})`);
});

test('output of both kinds goes to the log file', async () => {
  const logFile = join(folder, 'output.log');
  await startProcess({ ...shell('echo one; echo two >&2'), logFile }, guard).exited;
  assert.equal(readFileSync(logFile, 'utf8'), 'one\ntwo\n');
});

test('a signal reaches the children of a shell too', async () => {
  const file = join(folder, 'child.pid');
  const running = startProcess(shell(`sleep 60 & echo $! > ${file}; wait`), guard);
  const child = await pidIn(file);
  running.signal('SIGTERM');
  await running.exited;
  await untilGone(child);
});

test('children that a process leaves behind are killed when it ends', async () => {
  const file = join(folder, 'left.pid');
  const running = startProcess(shell(`trap '' TERM; sleep 60 & echo $! > ${file}`), guard);
  const child = await pidIn(file);
  await running.exited;
  await untilGone(child);
});

test('the guard kills the groups that are left and removes its folder', async () => {
  const own = mkdtempSync(join(tmpdir(), 'weft-test-'));
  const second = new OrphanGuard(own);
  const spec = { ...shell('exec sleep 60'), workingDirectory: own, logFile: join(own, 'x.log') };
  const first = startProcess(spec, second);
  const ended = startProcess({ ...spec, command: ['/bin/sh', '-c', 'exit 0'] }, second);
  const last = startProcess(spec, second);
  await ended.exited;
  await second.close();
  assert.equal(describeExit(await first.exited), 'killed by SIGKILL');
  assert.equal(describeExit(await last.exited), 'killed by SIGKILL');
  assert.equal(existsSync(own), false);
});
