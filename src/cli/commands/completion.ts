/** `ringwire completion`: a script for the shell, made from the commands themselves. */
import { Argument, type Command } from 'commander';
import { printScript, SHELLS, type Shell } from '../completion/shell-script.js';
import { commandWords } from '../completion/words.js';

const HELP = `
The script knows commands, options and fixed values. It starts ringwire only for
names of channels, processes and streams. Write it to a file, so that a new
shell does not start ringwire:

  bash  ringwire completion bash > ~/.ringwire-completion.bash
        echo '. ~/.ringwire-completion.bash' >> ~/.bashrc
  zsh   ringwire completion zsh > ~/.ringwire-completion.zsh
        echo '. ~/.ringwire-completion.zsh' >> ~/.zshrc, after compinit
  fish  ringwire completion fish > ~/.config/fish/completions/ringwire.fish

Write it again after an update.`;

/** Adds the command to the program. */
export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script for the shell: source <(ringwire completion bash)')
    .addArgument(new Argument('<shell>', 'name of the shell').choices(SHELLS))
    .addHelpText('after', HELP)
    .action((shell: Shell) => printScript(shell, commandWords(program)));
}
