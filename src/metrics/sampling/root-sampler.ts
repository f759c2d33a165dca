/** Samples of all channels below a root folder. */
import fs from 'node:fs';
import {
  channelPaths,
  journalPaths,
  listChannelIds,
  listChannelNames,
  listJournalIds,
} from '../../channel/index.js';
import type { ChannelSample } from '../snapshot.js';
import { ChannelSampler } from './channel-sampler.js';
import { FolderWatch } from './folder-watch.js';

interface Watched {
  readonly sampler: ChannelSampler;
  /** Distinguishes a channel from a later one of the same id. */
  readonly inode: number;
}

/** Samples all channels below a root folder. */
export class RootSampler implements Disposable {
  readonly root: string;
  readonly #mayBeMissing: boolean;
  readonly #folders: FolderWatch;
  readonly #channels = new Map<bigint, Watched>();

  /** @param mayBeMissing whether the root may not exist yet */
  constructor(root: string, mayBeMissing: boolean) {
    this.root = root;
    this.#mayBeMissing = mayBeMissing;
    this.#folders = new FolderWatch(root);
  }

  /**
   * Samples all channels, by id.
   * @param budgetMillis milliseconds for reading logs, over all channels
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
    const isMissing = !fs.existsSync(this.root);
    if (!isMissing && !this.#folders.hasChanged()) return;
    const ids = isMissing && this.#mayBeMissing ? [] : this.#ids();
    const known = new Map(this.#channels);
    this.#channels.clear();
    const names = isMissing ? [] : listChannelNames(this.root);
    const nameOf = new Map(names.map(({ id, name }) => [id, name]));
    for (const id of ids) {
      const inode = inodeOf(channelPaths(this.root, id).file) ?? inodeOf(journalPaths(this.root, id).folder);
      if (inode === undefined) continue;
      const watched = known.get(id);
      if (watched?.inode === inode) {
        known.delete(id);
        this.#channels.set(id, watched);
      } else this.#channels.set(id, { sampler: new ChannelSampler(this.root, id), inode });
    }
    for (const [id, { sampler }] of this.#channels) sampler.name = nameOf.get(id) ?? null;
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
