/** Bounds the number of label values, because they come from other processes. */

/** Value of all labels of the items beyond the limit. */
export const OTHER = 'other';

/** Milliseconds after which labels that no item has may be given to another item. */
const FORGET_MILLIS = 3_600_000;
const LONGEST_VALUE = 120;
const CONTROL_CHARACTERS = /\p{Cc}/gu;

/** The labels of one group. */
export class KeyLimit {
  readonly #limit: number;
  /** When each key was last seen, least recently first. */
  readonly #seen = new Map<string, number>();

  /** @param limit most items with labels of their own */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The label values of an item: its own, shortened and without control characters, or all `other`. */
  admit(key: readonly string[], nowMs: number): readonly string[] {
    const values = key.map(labelValue);
    const text = values.join('\0');
    if (!this.#seen.delete(text) && !this.#hasSpace(nowMs)) return key.map(() => OTHER);
    this.#seen.set(text, nowMs);
    return values;
  }

  #hasSpace(nowMs: number): boolean {
    if (this.#seen.size < this.#limit) return true;
    const [oldest] = this.#seen;
    if (oldest === undefined || nowMs - oldest[1] < FORGET_MILLIS) return false;
    this.#seen.delete(oldest[0]);
    return true;
  }
}

/** A value shortened and without control characters. */
export function labelValue(value: string): string {
  return value.replace(CONTROL_CHARACTERS, '·').slice(0, LONGEST_VALUE);
}
