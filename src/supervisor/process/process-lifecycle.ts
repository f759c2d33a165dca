/** Where a process is among the states of process-state.ts: every change is allowed by their table, and told. */

import type { NewEvent } from '../storage/event-feed.js';
import type { ChildExit } from './child-run.js';
import { eventOf, type ProcessState, TRANSITIONS } from './process-state.js';

/** What is told with a change of state. */
export type TransitionDetails = Pick<NewEvent, 'exit' | 'signal' | 'reason'>;

export class ProcessLifecycle {
  readonly #id: string;
  readonly #emit: (event: NewEvent) => void;
  #state: ProcessState = 'pending';

  constructor(id: string, emit: (event: NewEvent) => void) {
    this.#id = id;
    this.#emit = emit;
    emit({ id, type: eventOf('pending') });
  }

  get state(): ProcessState {
    return this.#state;
  }

  move(state: ProcessState, circumstances: TransitionDetails = {}): void {
    if (!TRANSITIONS[this.#state].includes(state)) {
      throw new Error(`process '${this.#id}' cannot go from ${this.#state} to ${state}`);
    }
    this.#state = state;
    this.#emit({ id: this.#id, type: eventOf(state), ...circumstances });
  }
}

export function circumstancesOf({ code, signal }: ChildExit): TransitionDetails {
  if (code !== null) return { exit: code };
  return signal === null ? { reason: 'ended unseen' } : { signal };
}
