// Completion for fish: one `complete` line for each command and option.

import type { DescribedCommand, DescribedOption } from './describe.ts';

export function fishCompletion(commands: readonly DescribedCommand[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c weft -n __fish_use_subcommand -f -a ${command.name} -d ${quote(command.description)}`,
    ...command.options.map((option) => optionLine(command.name, option)),
    ...(command.words.length > 0 ? [`${under(command.name)} -f -a ${quote(command.words.join(' '))}`] : []),
  ]);
  return `# fish completion for weft\n${lines.join('\n')}\n`;
}

function optionLine(command: string, { flags, description, takesValue, words }: DescribedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = !takesValue ? '' : words.length > 0 ? ` -x -a ${quote(words.join(' '))}` : ' -r';
  return `${under(command)} ${names.join(' ')}${value} -d ${quote(description)}`;
}

function under(command: string): string {
  return `complete -c weft -n '__fish_seen_subcommand_from ${command}'`;
}

/** Single quotes; inside them fish knows only \\\\ and \\'. */
function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, (sign) => `\\${sign}`)}'`;
}
