/** Finds out whether a root was changed since it was listed, by the times of its folders. */
import fs from 'node:fs';
import path from 'node:path';

/** A change within this time of a listing may have the time of an earlier one, in milliseconds. */
const CLOCK_STEP_MILLIS = 50;

/** The folders of a root. */
export class FolderWatch {
  readonly #root: string;
  #stamp = '';
  #isSettled = false;

  constructor(root: string) {
    this.#root = root;
  }

  /** Whether channels may have been created, removed or replaced since the last call. */
  hasChanged(): boolean {
    let look: { readonly stamp: string; readonly newest: number };
    try {
      look = this.#look();
    } catch {
      // The listing reports why the root cannot be read.
      this.#isSettled = false;
      return true;
    }
    const isSame = this.#isSettled && look.stamp === this.#stamp;
    this.#stamp = look.stamp;
    this.#isSettled = Date.now() - look.newest > CLOCK_STEP_MILLIS;
    return !isSame;
  }

  #look() {
    let newest = 0;
    const parts: string[] = [];
    const add = (folder: string) => {
      const stats = fs.statSync(folder, { throwIfNoEntry: false });
      newest = Math.max(newest, stats?.mtimeMs ?? 0);
      parts.push(`${folder} ${stats?.ino} ${stats?.mtimeMs}`);
    };
    add(this.#root);
    for (const name of fs.readdirSync(this.#root)) add(path.join(this.#root, name));
    return { stamp: parts.join('\n'), newest };
  }
}
