/** Child scripts that say what they did, and what they say. */
import type { ChildProcess } from 'node:child_process';
import { child, stop } from './child.js';

export interface Message {
  readonly ready?: boolean;
  readonly done?: boolean;
  readonly progress?: number;
  readonly error?: string;
  readonly sequence?: number;
  readonly first?: number;
  readonly segments?: number;
  readonly refused?: number;
  readonly seconds?: number;
  readonly delivered?: number;
  readonly lost?: number;
  readonly losses?: { losses: number; records: number; bytes: number; possiblyTorn: number };
  readonly mismatch?: string | null;
  readonly end?: string | null;
  readonly epoch?: number;
}

/** A child of which no message is missed. */
export class MessageProcess {
  readonly process: ChildProcess;
  readonly messages: Message[] = [];
  #ended = false;
  #wake: () => void = () => {};

  constructor(script: URL, options: object) {
    this.process = child(script, JSON.stringify(options));
    this.process.on('message', (message) => {
      this.messages.push(message as Message);
      this.#wake();
    });
    // Not `exit`, which may come before the last messages.
    this.process.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** The first message for which `wanted` holds. @throws when the child ends without one */
  async message(wanted: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(wanted);
      if (found !== undefined) return found;
      if (this.#ended) throw new Error(`the child ended first: ${JSON.stringify(this.messages)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  ready(): Promise<Message> {
    return this.message(({ ready }) => ready === true);
  }

  done(): Promise<Message> {
    return this.message(({ done }) => done === true);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (signal === 'SIGSTOP') return stop(this.process);
    this.process.kill(signal);
    if (signal !== 'SIGKILL') return;
    while (!this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
