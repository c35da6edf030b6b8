import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { busyPercent, cpuTimeNs, memory, parseCoreList, parseIdleMs } from './proc-fs.ts';

const onLinux = { skip: process.platform === 'linux' ? false : 'reads /proc' };

test('idle time is that of the one core, idle and waiting for disks, in milliseconds', () => {
  const stat = 'cpu  1 1 1 999 1 0 0 0\ncpu1 5 0 5 40 2 0 0 0 0 0\ncpu10 5 0 5 70 2 0 0 0 0 0\n';
  assert.equal(parseIdleMs(stat, 1), 420);
  assert.equal(parseIdleMs(stat, 10), 720);
});

test('a core the kernel does not know is an error, not an idle core', () => {
  assert.throws(() => parseIdleMs('cpu0 1 1 1 1 1\n', 7), /no core 7/);
});

test('what was not idle between two readings was busy', () => {
  assert.equal(busyPercent({ idleMs: 100, atMs: 0 }, { idleMs: 175, atMs: 100 }), 25);
});

test('the coarse ticks of idle time never make a share below 0', () => {
  assert.equal(busyPercent({ idleMs: 0, atMs: 0 }, { idleMs: 110, atMs: 100 }), 0);
});

test('lists of cores are read with ranges', () => {
  assert.deepEqual(parseCoreList('0-2,5'), [0, 1, 2, 5]);
});

test('CPU time and memory are those of the process and of what it started', onLinux, async () => {
  // A shell that waits for a child which has used CPU: the shell itself uses next to none.
  const burn =
    'const end = Date.now() + 200; while (Date.now() < end); console.log(1); setInterval(() => {}, 1e6)';
  const shell = spawn('sh', ['-c', `"${process.execPath}" -e '${burn}'; true`], { detached: true });
  try {
    await once(shell.stdout, 'data');
    assert.ok(cpuTimeNs([shell.pid ?? 0]) > 100e6, 'at least half of what the child burnt');
    const { pss, anonymous } = memory([shell.pid ?? 0]);
    assert.ok(anonymous > 1 && pss > anonymous, `${anonymous} MiB of ${pss} MiB`);
  } finally {
    const ended = once(shell, 'exit');
    process.kill(-(shell.pid ?? 0), 'SIGKILL');
    await ended;
  }
});
