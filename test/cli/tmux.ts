/** A real terminal for tests: a shell in a tmux server of its own, whose screen is read. */
import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../temporary.js';
import { MAIN } from './ringwire-command.js';

const run = promisify(execFile);
const POLL_MILLIS = 50;
const LONGEST_WAIT_MILLIS = 120_000;

/** Whether a process has not ended; one that nobody has waited for has. */
function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

export const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** What a screen must have. */
type Wanted = RegExp | ((screen: string) => boolean);

/** Whether a typed line matches by itself, wherever the terminal wraps it: then it says nothing about what it does. */
function matchesItself(wanted: RegExp, line: string): boolean {
  return Array.from(line, (_, at) => `${line.slice(0, at)}\n${line.slice(at)}`).some((wrapped) =>
    wanted.test(wrapped),
  );
}

export class TmuxTerminal {
  readonly #socket = path.join(temporaryFolder(), 'tmux');
  #typed = '';

  /** Opens a terminal with a shell that knows the command `ringwire`; gone when the test is over. */
  static async open(columns: number, rows: number, env: Record<string, string> = {}): Promise<TmuxTerminal> {
    // Another prompt at first: `ready>` alone shows that the line was executed.
    const terminal = await TmuxTerminal.openShell('bash --norc --noprofile', columns, rows, {
      ...env,
      PS1: 'ready> first> ',
    });
    await terminal.type(`ringwire() { ${process.execPath} ${MAIN} "$@"; }; PS1='ready> '; clear`);
    await terminal.until(/^ready>$/m);
    return terminal;
  }

  /** Opens a terminal with any shell, whose prompt must be `ready>`; gone when the test is over. */
  static async openShell(
    shell: string,
    columns: number,
    rows: number,
    env: Record<string, string> = {},
  ): Promise<TmuxTerminal> {
    const terminal = new TmuxTerminal();
    onTestFinished(() => terminal.#end());
    const variables = { PS1: 'ready> ', LC_ALL: 'C.UTF-8', ...env };
    const settings = Object.entries(variables).map(([name, value]) => `${name}='${value}'`);
    const command = `env -u CI -u NO_COLOR -u FORCE_COLOR ${settings.join(' ')} ${shell}`;
    const size = ['-x', String(columns), '-y', String(rows)];
    await terminal.#tmux('-u', '-f', '/dev/null', 'new-session', '-d', ...size, command);
    await terminal.until(/ready>/);
    return terminal;
  }

  /** Types a text without a newline. */
  async write(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text);
  }

  /** Types a line. */
  async type(line: string): Promise<void> {
    this.#typed = line;
    await this.write(line);
    await this.press('Enter');
  }

  /** Presses a key, by its name in tmux: `q`, `C-c`, `Down`. */
  async press(key: string): Promise<void> {
    await this.#tmux('send-keys', key);
  }

  /** Empties the screen at once: what is seen afterwards has been written afterwards. */
  async clear(): Promise<void> {
    await this.#tmux('send-keys', '-R');
  }

  /** What is to be seen, with colours as escape sequences where asked for. */
  async screen(colours = false): Promise<string> {
    return this.#tmux('capture-pane', '-p', ...(colours ? ['-e'] : []));
  }

  /**
   * Waits until the screen has all of it at once, and gives it: a screen is drawn in parts, and a new size first cuts the
   * old frame.
   * @throws Error with what is on the screen when it never is; when the line typed last would do without being executed
   */
  async until(...wanted: readonly Wanted[]): Promise<string> {
    for (const one of wanted) {
      if (one instanceof RegExp && matchesItself(one, this.#typed))
        throw new Error(`${one} matches the typed line itself: ${this.#typed}`);
    }
    const deadline = performance.now() + LONGEST_WAIT_MILLIS;
    for (;;) {
      const screen = await this.screen();
      const missing = wanted.find((one) => !(one instanceof RegExp ? one.test(screen) : one(screen)));
      if (missing === undefined) return screen;
      if (performance.now() > deadline)
        throw new Error(`timed out waiting for ${missing}; the screen:\n${screen}`);
      await sleep(POLL_MILLIS);
    }
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Whether the screen is that of a full-screen program, and whether the cursor is to be seen. */
  async modes(): Promise<{ alternate: boolean; cursor: boolean }> {
    const [alternate, cursor] = (
      await this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag}')
    ).split(' ');
    return { alternate: alternate === '1', cursor: cursor?.trim() === '1' };
  }

  /** Ends the server and waits for the shell, which may write its history at its end. */
  async #end(): Promise<void> {
    const shell = await this.#tmux('display-message', '-p', '#{pane_pid}').catch(() => '');
    await this.#tmux('kill-server').catch(() => {});
    const pid = Number(shell);
    while (pid > 0 && runs(pid)) await sleep(POLL_MILLIS);
  }

  async #tmux(...args: string[]): Promise<string> {
    const { TMUX: _, ...env } = process.env;
    return (await run('tmux', ['-S', this.#socket, ...args], { env })).stdout;
  }
}
