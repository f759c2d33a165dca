/** The command's side of a process of `ringwire bench`. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { onAbort } from '../../../platform/index.js';
import type { BenchOrder, BenchReply, BenchResult } from './bench-messages.js';

/** The command's handle of one process. */
export class BenchPeer {
  readonly #child: ChildProcess;
  readonly #replies: BenchReply[] = [];
  #wake: () => void = () => {};

  constructor(signal: AbortSignal) {
    this.#child = fork(new URL('bench-process.js', import.meta.url), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (reply) => this.#take(reply as BenchReply));
    this.#child.on('exit', (code, killedBy) => {
      this.#take({ reply: 'failed', message: `a process of the benchmark ended (${killedBy ?? code})` });
    });
    onAbort(signal, () => this.#child.kill('SIGKILL'));
  }

  /** Sends an order; resolves when the process is ready. */
  async prepare(order: BenchOrder): Promise<void> {
    this.#child.send(order);
    await this.#next('ready');
  }

  /** Starts the work. */
  go(): void {
    this.#child.send('go');
  }

  /** Resolves with the result. @throws Error when the process failed or ended */
  async result(): Promise<BenchResult> {
    const reply = await this.#next('done');
    if (reply.reply !== 'done') throw new Error('no result');
    return reply.result;
  }

  /** Kills the process; resolves when it has ended. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #next(kind: BenchReply['reply']): Promise<BenchReply> {
    while (this.#replies.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const reply = this.#replies.shift() as BenchReply;
    if (reply.reply === 'failed') throw new Error(reply.message);
    if (reply.reply !== kind) throw new Error(`unexpected ${reply.reply}`);
    return reply;
  }

  #take(reply: BenchReply): void {
    this.#replies.push(reply);
    this.#wake();
  }
}
