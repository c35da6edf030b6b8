import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { Command, Option } from 'commander';
import { matchGolden } from '../testing/golden.ts';
import { bashCompletion } from './bash.ts';
import { describeCommands } from './describe.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

function example() {
  const root = new Command('weft');
  root
    .command('get')
    .description("show what's there: [all]")
    .argument('<kind>')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']))
    .option('-A, --all', 'everything');
  root.command('completion').description('print a script').argument('<shell>');
  const [, completion] = root.commands;
  completion?.registeredArguments[0]?.choices(['bash', 'zsh']);
  return describeCommands(root);
}

for (const [shell, write] of Object.entries({
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
})) {
  test(`the ${shell} script has every command, option and word`, () => {
    matchGolden(join(import.meta.dirname, 'testdata', `${shell}.txt`), write(example()));
  });
}

/** What bash offers for a command line. */
function offered(...words: string[]): string[] {
  const script = `${bashCompletion(example())}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _weft; echo "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split(/\s+/).filter(Boolean);
}

test('bash completes commands, options, and the words of an option or an argument', () => {
  assert.deepEqual(offered('weft', ''), ['get', 'completion']);
  assert.deepEqual(offered('weft', 'get', '--'), ['--output', '--all', '--help']);
  assert.deepEqual(offered('weft', 'get', '-o', ''), ['table', 'json']);
  assert.deepEqual(offered('weft', 'get', '--output', 'j'), ['json']);
  assert.deepEqual(offered('weft', 'completion', ''), ['bash', 'zsh']);
  assert.deepEqual(offered('weft', 'get', 'x'), []);
});
