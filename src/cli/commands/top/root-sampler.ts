/** Samples of all channels below a root folder. */
import fs from 'node:fs';
import { channelPaths, journalPaths, listChannelIds, listJournalIds } from '../../../channel/index.js';
import { type ChannelSample, ChannelSampler } from './channel-sampler.js';

interface Watched {
  readonly sampler: ChannelSampler;
  /** Tells a channel from one that has taken its place. */
  readonly inode: number;
}

export class RootSampler implements Disposable {
  readonly root: string;
  readonly #mayBeMissing: boolean;
  readonly #channels = new Map<bigint, Watched>();

  /** A root that may be missing comes into being with its first channel. */
  constructor(root: string, mayBeMissing: boolean) {
    this.root = root;
    this.#mayBeMissing = mayBeMissing;
  }

  /**
   * All channels, by id. Reads on in logs for `budgetMillis` in all, the longest.
   * @throws RingwireError `COULD_NOT_ACCESS_STORAGE` where the root cannot be listed
   */
  sample(budgetMillis: number): ChannelSample[] {
    this.#list();
    const began = performance.now();
    const samples: ChannelSample[] = [];
    let left = this.#channels.size;
    for (const { sampler } of this.#channels.values()) {
      const now = performance.now();
      const share = Math.max(0, (began + budgetMillis - now) / left--);
      samples.push(sampler.sample(now, now + share));
    }
    return samples;
  }

  [Symbol.dispose](): void {
    for (const { sampler } of this.#channels.values()) sampler[Symbol.dispose]();
    this.#channels.clear();
  }

  /** Finds new channels, and closes those that were removed. */
  #list(): void {
    const ids = this.#mayBeMissing && !fs.existsSync(this.root) ? [] : this.#ids();
    const known = new Map(this.#channels);
    this.#channels.clear();
    for (const id of ids) {
      const inode = inodeOf(channelPaths(this.root, id).file) ?? inodeOf(journalPaths(this.root, id).folder);
      if (inode === undefined) continue;
      const watched = known.get(id);
      if (watched?.inode === inode) {
        known.delete(id);
        this.#channels.set(id, watched);
      } else this.#channels.set(id, { sampler: new ChannelSampler(this.root, id), inode });
    }
    for (const { sampler } of known.values()) sampler[Symbol.dispose]();
  }

  #ids(): bigint[] {
    const ids = [...listChannelIds(this.root), ...listJournalIds(this.root)];
    return [...new Set(ids)].sort((a, b) => (a < b ? -1 : 1));
  }
}

function inodeOf(path: string): number | undefined {
  return fs.statSync(path, { throwIfNoEntry: false })?.ino;
}
