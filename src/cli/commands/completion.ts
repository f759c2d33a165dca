/** `ringwire completion`: scripts that complete commands and options, made from the commands themselves. */
import { Argument, type Command } from 'commander';
import { printText } from '../print.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script for the shell: source <(ringwire completion bash)')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell) => printText(script(program, shell)));
}

/** What may follow each command: `''` for the program itself, `'ctl logs'` for a command of a group. */
export function wordsByCommand(program: Command): Map<string, string[]> {
  const words = new Map<string, string[]>();
  const visit = (command: Command, trail: readonly string[]) => {
    const options = command.options.flatMap(({ short, long }) => [short, long]);
    const names = [...command.commands.map((child) => child.name()), ...options, '--help'];
    words.set(
      trail.join(' '),
      names.filter((name) => name !== undefined),
    );
    for (const child of command.commands) visit(child, [...trail, child.name()]);
  };
  visit(program, []);
  return words;
}

function script(program: Command, shell: Shell): string {
  const words = wordsByCommand(program);
  if (shell === 'fish') return fishScript(words);
  const cases = [...words].map(([trail, names]) => `    '${trail}') words='${names.join(' ')}' ;;`);
  const begin =
    shell === 'zsh' ? ['#compdef ringwire\n', 'autoload -U +X bashcompinit && bashcompinit\n'] : [];
  // Zsh takes a length that begins with a letter for a modifier.
  return `${begin.join('')}_ringwire() {
  local trail='' words='' word
  for word in "\${COMP_WORDS[@]:1:$((COMP_CWORD-1))}"; do
    case "$word" in -*) ;; *) trail="\${trail:+$trail }$word" ;; esac
  done
  case "$trail" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _ringwire ringwire
`;
}

function fishScript(words: Map<string, string[]>): string {
  const lines = ['complete -c ringwire -f'];
  for (const [trail, names] of words) {
    const seen = trail.split(' ').filter((part) => part !== '');
    const condition =
      seen.length === 0
        ? '__fish_use_subcommand'
        : seen.map((part) => `__fish_seen_subcommand_from ${part}`).join('; and ');
    for (const name of names) {
      const what = name.startsWith('--')
        ? `-l ${name.slice(2)}`
        : name.startsWith('-')
          ? `-s ${name.slice(1)}`
          : `-a ${name}`;
      lines.push(`complete -c ringwire -n '${condition}' ${what}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
