// weft completion: the script that makes a shell complete weft's commands and options, from the tree of commands.

import { Argument, Command } from 'commander';
import { bashCompletion } from '../completion/bash.ts';
import { describeCommands } from '../completion/describe.ts';
import { fishCompletion } from '../completion/fish.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { withExamples } from './options.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export function completionCommand(weft: Command): Command {
  const command = new Command('completion')
    .summary('print a completion script for a shell')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SHELLS)));
  withExamples(command, [
    ['source <(weft completion bash)', 'in this bash, and in ~/.bashrc for every one'],
    ['weft completion fish > ~/.config/fish/completions/weft.fish', 'for fish'],
  ]);
  return command.action((shell: keyof typeof SHELLS) => {
    process.stdout.write(SHELLS[shell](describeCommands(weft)));
  });
}
