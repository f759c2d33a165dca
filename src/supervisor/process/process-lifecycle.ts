/** The state of a process: every change is allowed by the table of process-state.ts, and reported as an event. */

import type { NewEvent } from '../storage/event-feed.js';
import type { ChildExit } from './child-run.js';
import { eventOf, type ProcessState, TRANSITIONS } from './process-state.js';

/** What an event reports with a change of state. */
export type TransitionDetails = Pick<NewEvent, 'exit' | 'signal' | 'reason'>;

/** The state machine of one process. */
export class ProcessLifecycle {
  readonly #id: string;
  readonly #emit: (event: NewEvent) => void;
  #state: ProcessState = 'pending';
  #lastEnd: TransitionDetails | null = null;

  constructor(id: string, emit: (event: NewEvent) => void) {
    this.#id = id;
    this.#emit = emit;
    emit({ id, type: eventOf('pending') });
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** How the last run ended, and what led to it; null before the first end. */
  get lastEnd(): TransitionDetails | null {
    return this.#lastEnd;
  }

  /** Changes the state and reports it. @throws Error when the table does not allow it: a bug */
  move(state: ProcessState, details: TransitionDetails = {}): void {
    if (!TRANSITIONS[this.#state].includes(state)) {
      throw new Error(`process '${this.#id}' cannot change from ${this.#state} to ${state}`);
    }
    const endsRun = (state === 'stopped' || state === 'crashed') && this.#state !== 'restarting';
    if (endsRun) this.#lastEnd = details;
    this.#state = state;
    this.#emit({ id: this.#id, type: eventOf(state), ...details });
  }
}

/** How a run ended, for an event. */
export function detailsOf({ code, signal }: ChildExit): TransitionDetails {
  if (code !== null) return { exit: code };
  return signal === null ? { reason: 'ended unseen' } : { signal };
}
