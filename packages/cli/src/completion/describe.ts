// What completion needs of the tree of commands.

import type { Command } from 'commander';

export interface DescribedCommand {
  readonly name: string;
  /** One line. */
  readonly description: string;
  readonly options: readonly DescribedOption[];
  /** Words that its first argument can be; empty: files. */
  readonly words: readonly string[];
}

export interface DescribedOption {
  /** `-o`, `--output` */
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** Words that its value can be; empty: anything. */
  readonly words: readonly string[];
}

const HELP: DescribedOption = {
  flags: ['-h', '--help'],
  description: 'display help for command',
  takesValue: false,
  words: [],
};

export function describeCommands(root: Command): readonly DescribedCommand[] {
  return root.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: [
      ...command.options
        .filter(({ hidden }) => !hidden)
        .map(({ short, long, description, required, optional, argChoices }) => ({
          flags: [short, long].filter((flag) => flag !== undefined),
          description,
          takesValue: required || optional,
          words: argChoices ?? [],
        })),
      HELP,
    ],
    words: command.registeredArguments[0]?.argChoices ?? [],
  }));
}
