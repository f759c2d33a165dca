/**
 * The bytes of answers that may wait to be sent, over all connections of a server. A connection with bytes waiting is
 * refused earlier than one without, so that clients that do not read cannot starve those that do.
 *
 * INV-CTL-07: a connection that was refused and has no unsent bytes is called as soon as half of the budget is free,
 * whatever freed it: bytes that were sent, or a connection that ended with bytes unsent.
 */

/** A connection that was refused. */
export interface BudgetUser {
  /** The budget may have room: ask again. */
  roomIsBack(): void;
}

/** Counts unsent bytes against a limit. */
export class SendBudget {
  readonly #limit: number;
  readonly #refused = new Set<BudgetUser>();
  #queued = 0;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Unsent bytes. */
  get queued(): number {
    return this.#queued;
  }

  /** Half of the budget is free. */
  get hasRoom(): boolean {
    return this.#queued * 2 <= this.#limit;
  }

  /** A connection waits to be called. */
  get isCrowded(): boolean {
    return this.#refused.size > 0;
  }

  /** Whether a connection with unsent bytes may add to them; if not, it asks again when some of them are sent. */
  get admitsMore(): boolean {
    return this.#queued * 4 <= this.#limit;
  }

  /** Whether a connection without unsent bytes may send a frame of a stream; if not, `user` is called later. */
  admitsFrame(user: BudgetUser): boolean {
    return this.#admits(user, this.#queued <= this.#limit);
  }

  /** Whether an answer of any size may be built; if not, `user` is called later. */
  admitsLogs(user: BudgetUser): boolean {
    return this.#admits(user, this.hasRoom);
  }

  /** Adds unsent bytes. */
  take(bytes: number): void {
    this.#queued += bytes;
  }

  /** Subtracts bytes that were sent or dropped, and calls refused connections when there is room. */
  give(bytes: number): void {
    this.#queued -= bytes;
    if (this.#refused.size === 0 || !this.hasRoom) return;
    const refused = [...this.#refused];
    this.#refused.clear();
    for (const user of refused) user.roomIsBack();
  }

  /** No longer calls `user`. */
  forget(user: BudgetUser): void {
    this.#refused.delete(user);
  }

  #admits(user: BudgetUser, room: boolean): boolean {
    if (!room) this.#refused.add(user);
    return room;
  }
}
