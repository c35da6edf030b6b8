// Completion for zsh, by its _arguments function.

import type { DescribedCommand, DescribedOption } from './describe.ts';

export function zshCompletion(commands: readonly DescribedCommand[]): string {
  const list = commands.map(({ name, description }) => `    ${quote(`${name}:${description}`)}`);
  return `#compdef weft
_weft() {
  local -a commands
  commands=(
${list.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case $words[2] in
${commands.map(commandCase).join('\n')}
  esac
}
compdef _weft weft
`;
}

function commandCase({ name, options, words }: DescribedCommand): string {
  const argument = words.length > 0 ? `'*:argument:(${words.join(' ')})'` : "'*:argument:_files'";
  const specs = [...options.flatMap(optionSpecs), argument];
  return `    ${name}) shift words; (( CURRENT-- )); _arguments \\\n      ${specs.join(' \\\n      ')} ;;`;
}

function optionSpecs({ flags, description, takesValue, words }: DescribedOption): string[] {
  const value = !takesValue ? '' : words.length > 0 ? `:value:(${words.join(' ')})` : ':value:';
  const text = description.replaceAll(/[[\]:]/g, (sign) => `\\${sign}`);
  return flags.map((flag) => quote(`${flag}[${text}]${value}`));
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
