// Completion for bash: one case for each command, one for each option that takes a word of a list.

import type { DescribedCommand } from './describe.ts';

export function bashCompletion(commands: readonly DescribedCommand[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  return `# bash completion for weft
_weft() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${names}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]} $before" in
${commands.flatMap(optionCases).join('\n')}
  esac
  if [ -z "$words" ]; then
    case "\${COMP_WORDS[1]}" in
${commands.map(commandCase).join('\n')}
    esac
    [[ $word == -* ]] || words=\${words%%--*}
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _weft weft
`;
}

function optionCases({ name, options }: DescribedCommand): string[] {
  return options
    .filter(({ words }) => words.length > 0)
    .map(({ flags, words }) => {
      const patterns = flags.map((flag) => `"${name} ${flag}"`).join('|');
      return `    ${patterns}) words="${words.join(' ')}" ;;`;
    });
}

function commandCase({ name, options, words }: DescribedCommand): string {
  const long = options.flatMap(({ flags }) => flags.filter((flag) => flag.startsWith('--')));
  return `      ${name}) words="${[...words, ...long].join(' ')}" ;;`;
}
