// What a check that throws, fails or is not asked for comes to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckFailed, type CheckResult, Checks } from './checks.ts';

async function resultsOf(wanted: string, run: (checks: Checks) => Promise<void>): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  await run(new Checks('part', wanted, results));
  return results;
}

test('what a check throws is its result, and the next one runs', async () => {
  const results = await resultsOf('', async (checks) => {
    await checks.check('one', async () => {
      throw new CheckFailed('2 of 3', ['a line of the tool']);
    });
    await checks.compare('two', async () => {
      throw new Error('the harness is broken');
    });
    await checks.check('three', async () => '3 of 3');
  });
  assert.deepEqual(
    results.map(({ check, kind, figures }) => [check, kind, figures]),
    [
      ['one', 'failed', '2 of 3'],
      ['two', 'failed', 'the harness is broken'],
      ['three', 'passed', '3 of 3'],
    ],
  );
});

test('a check is chosen by a piece of its part and name', async () => {
  const ran: string[] = [];
  const results = await resultsOf('part tw', async (checks) => {
    for (const name of ['one', 'two']) {
      await checks.check(name, async () => {
        ran.push(name);
        return '';
      });
    }
  });
  assert.deepEqual(ran, ['two']);
  assert.equal(results.length, 1);
});
