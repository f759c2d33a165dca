/**
 * A full screen on the terminal that is redrawn repeatedly. A frame is one write, so nothing flickers. The terminal is
 * restored at the end of the process, except after SIGKILL.
 */
import { writeSync } from 'node:fs';
import { forTerminal } from '../rendering/printable.js';
import { keysIn } from './keys.js';

const STDOUT = 1;
/** Alternate screen, no cursor, no wrapping of long lines. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

/** Signals that end the process immediately. The command handles SIGINT and SIGTERM. */
const FATAL = ['SIGHUP', 'SIGQUIT'] as const;

/** What a screen shows, and the keys it handles. */
export interface FullScreenOptions {
  /** The lines to show on a terminal of this size. */
  readonly frame: (columns: number, rows: number) => readonly string[];
  /** A key that was pressed, by its name in keys.ts. */
  readonly onKey?: (key: string) => void;
}

/** Shows frames until it is disposed. */
export class FullScreen implements Disposable {
  readonly #options: FullScreenOptions;
  #shown = false;
  #last = '';
  /** Whether the terminal has not taken the last frame yet. */
  #busy = false;
  readonly #leave = () => this.#hide();
  readonly #redraw = () => {
    this.#last = '';
    this.draw();
  };
  readonly #resume = () => {
    this.#hide();
    this.#show();
  };
  readonly #keys = (bytes: Buffer) => {
    for (const key of keysIn(bytes.toString())) if (this.#shown) this.#onKey(key);
  };
  readonly #fatal = (signal: NodeJS.Signals) => {
    this[Symbol.dispose]();
    process.kill(process.pid, signal);
  };

  constructor(options: FullScreenOptions) {
    this.#options = options;
    process.on('exit', this.#leave);
    // Before the error is printed, so that it can be read.
    process.on('uncaughtExceptionMonitor', this.#leave);
    process.on('SIGCONT', this.#resume);
    for (const signal of FATAL) process.on(signal, this.#fatal);
    process.stdout.on('resize', this.#redraw);
    this.#show();
  }

  /** Draws the current frame; skips it while the terminal has not taken the previous one. */
  draw(): void {
    if (!this.#shown || this.#busy) return;
    // A terminal that does not know its size reports 0.
    const columns = process.stdout.columns || 80;
    const rows = process.stdout.rows || 24;
    // Clearing after a line that reaches the last column would remove its last letter.
    const lines = this.#options.frame(Math.max(1, columns - 1), rows).slice(0, rows);
    const text = `${HOME}${lines.map((line) => forTerminal(line) + CLEAR_LINE).join('\r\n')}${CLEAR_BELOW}`;
    if (text === this.#last) return;
    this.#last = text;
    this.#busy = !process.stdout.write(text);
    if (this.#busy) {
      process.stdout.once('drain', () => {
        this.#busy = false;
      });
    }
  }

  /** Restores the terminal. A second call does nothing. */
  [Symbol.dispose](): void {
    process.off('exit', this.#leave);
    process.off('uncaughtExceptionMonitor', this.#leave);
    process.off('SIGCONT', this.#resume);
    for (const signal of FATAL) process.off(signal, this.#fatal);
    process.stdout.off('resize', this.#redraw);
    this.#hide();
  }

  #show(): void {
    this.#shown = true;
    process.stdout.write(ENTER);
    if (process.stdin.isTTY) {
      process.stdin.setRawMode(true);
      process.stdin.on('data', this.#keys);
      process.stdin.resume();
    }
    this.#redraw();
  }

  #hide(): void {
    if (!this.#shown) return;
    this.#shown = false;
    if (process.stdin.isTTY) {
      process.stdin.off('data', this.#keys);
      process.stdin.pause();
      process.stdin.setRawMode(false);
    }
    try {
      // Synchronous: at the end of a process nothing waits for the stream.
      writeSync(STDOUT, LEAVE);
    } catch {
      // The terminal is closed or does not accept data.
    }
  }

  #onKey(key: string): void {
    if (key === 'ctrl-c') process.kill(process.pid, 'SIGINT');
    else if (key === 'ctrl-z') {
      this.#hide();
      process.kill(process.pid, 'SIGSTOP');
    } else this.#options.onKey?.(key);
  }
}
