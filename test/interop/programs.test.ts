// Starting, running and ending programs.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freePort, Programs } from './programs.ts';

/** A program that listens on a port until it is ended. */
function listener(port: number) {
  const program = `require('node:net').createServer().listen(${port}, '127.0.0.1')`;
  return { file: process.execPath, args: ['-e', program] };
}

describe('programs', { skip: process.platform === 'linux' ? false : 'needs setpriv and /proc' }, () => {
  test('ending one program leaves those alone that run beside it', async () => {
    await using programs = new Programs();
    const [one, other] = [await freePort(), await freePort()];
    const first = await programs.start('test-first', listener(one), one);
    const second = await programs.start('test-second', listener(other), other);
    const running = programs.run({
      file: 'sh',
      args: ['-c', 'read line; echo "got $line"; sleep 0.2'],
      input: 'it\n',
    });
    await programs.end(first);
    assert.equal(first.hasEnded(), true);
    assert.equal(second.hasEnded(), false);
    const { code, output } = await running;
    assert.deepEqual([code, output], [0, 'got it\n']);
  });

  test('a program that does not end is ended at its time limit, with all that it started', async () => {
    await using programs = new Programs();
    const { code, output } = await programs.run({
      file: 'sh',
      args: ['-c', 'echo begun; sleep 60 | cat'],
      limitMs: 300,
    });
    assert.deepEqual([code, output], [-1, 'begun\n']);
  });

  test('a program that ends before it listens is told with the end of its log', async () => {
    await using programs = new Programs();
    const command = { file: 'sh', args: ['-c', 'echo no such setting; exit 3'] };
    await assert.rejects(programs.start('test-broken', command, await freePort()), /no such setting/);
  });
});
