/** The completion scripts of bash, zsh and fish. */
import { script } from '@bomb.sh/tab';
import { printText } from '../print.js';
import { answerFunction, quoted } from './answer-function.js';
import type { CommandWords } from './words.js';

/** Shells that have a script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * The script of @bomb.sh/tab for bash evaluates the typed line: a tab after `cat 7 > file` would truncate the file. It
 * also needs the package bash-completion. So bash gets a function of its own, with the same answers.
 */
const BASH = `_ringwire() {
  local IFS=$'\\n' current='' line word skip='' words=() answer
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    current=$word
    # A redirection and its file are no arguments, and bash makes three words of --option=value.
    case "\${skip:-$word}" in
    skip) skip='' ;;
    '<'*|'>'*) skip=skip ;;
    =) current='' ;;
    *) words+=("$word") ;;
    esac
  done
  [ "\${COMP_WORDS[COMP_CWORD]}" != = ] || words+=('')
  answer=$(_ringwire_answer complete -- "\${words[@]}")
  COMPREPLY=()
  case "\${answer##*:}" in
  16) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current")); return ;;
  4) compopt +o default 2>/dev/null ;;
  esac
  for line in $answer; do
    word=\${line%%$'\\t'*}
    case "$word" in
    :*) ;;
    "$current"*) COMPREPLY+=("$word") ;;
    esac
  done
}
complete -o default -F _ringwire ringwire
`;

/** Prints the script of a shell. */
export function printScript(shell: Shell, commands: readonly CommandWords[]): void {
  const answers = answerFunction(commands);
  if (shell === 'fish') {
    const inFish = `'${answers.replace(/['\\]/g, '\\$&')}'`;
    printText(`set -g _ringwire_functions ${inFish}

function _ringwire_answer
    sh -c "$_ringwire_functions"${quoted('\n_ringwire_answer "$@"')} ringwire $argv
end

`);
  } else printText(answers);
  if (shell === 'bash') printText(BASH);
  else script(shell, 'ringwire', '_ringwire_answer');
}
