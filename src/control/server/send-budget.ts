/**
 * How many bytes of answers may wait to be sent, over all connections of a server. The more a connection has waiting
 * already, the earlier it is refused more, so that clients who read get on beside those who do not.
 *
 * INV-CTL-07: a connection that was refused and has nothing of its own to be sent is called as soon as half of the
 * budget is free, whatever freed it: bytes that were sent, or a connection that ended with bytes unsent.
 */

export interface BudgetUser {
  /** There may be room now: ask again. */
  roomIsBack(): void;
}

export class SendBudget {
  readonly #limit: number;
  readonly #refused = new Set<BudgetUser>();
  #queued = 0;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that wait. */
  get queued(): number {
    return this.#queued;
  }

  /** Half of the budget is free. */
  get hasRoom(): boolean {
    return this.#queued * 2 <= this.#limit;
  }

  /** Somebody waits to be called. */
  get isCrowded(): boolean {
    return this.#refused.size > 0;
  }

  /** Whether one who has bytes waiting may add to them; if not, it asks again when some of them are sent. */
  get admitsMore(): boolean {
    return this.#queued * 4 <= this.#limit;
  }

  /** Whether a frame of a stream may be sent to one who has nothing waiting; if not, it is called. */
  admitsFrame(user: BudgetUser): boolean {
    return this.#admits(user, this.#queued <= this.#limit);
  }

  /** Whether an answer of any size may be made; if not, `user` is called. */
  admitsLogs(user: BudgetUser): boolean {
    return this.#admits(user, this.hasRoom);
  }

  take(bytes: number): void {
    this.#queued += bytes;
  }

  give(bytes: number): void {
    this.#queued -= bytes;
    if (this.#refused.size === 0 || !this.hasRoom) return;
    const refused = [...this.#refused];
    this.#refused.clear();
    for (const user of refused) user.roomIsBack();
  }

  forget(user: BudgetUser): void {
    this.#refused.delete(user);
  }

  #admits(user: BudgetUser, room: boolean): boolean {
    if (!room) this.#refused.add(user);
    return room;
  }
}
