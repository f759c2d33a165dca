/** Lets one of several loops act at a time, in the order in which they ask. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `act` after the turns before it. @returns its result */
  run<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
