/** Follows any number of channels at the same time, and new ones that match a pattern. */
import path from 'node:path';
import { everyMs, RingwireError } from '../../../platform/index.js';
import {
  type ChannelAddress,
  channelsMatching,
  patternAddress,
  type RootOptions,
} from '../../channel-argument.js';
import { isGlob } from '../../channel-glob.js';
import { type OpeningOptions, waitIfAsked } from '../../transfer/opening.js';
import type { ExistingOptions } from '../../transfer/print-existing.js';
import type { StartOptions } from '../../transfer/start-options.js';
import { followChannel } from './follow-channel.js';
import { Turns } from './turns.js';

/** Milliseconds between two searches for new channels. */
const DISCOVER_MILLIS = 500;

/** Where a channel starts that appeared while others were followed. */
const FROM_START: StartOptions = { from: 'start' };

/** Options of the command that concern all channels. */
export type FollowedOptions = RootOptions & OpeningOptions & StartOptions;

/** Follows the channels of one command. */
export class FollowedChannels {
  readonly #options: FollowedOptions;
  readonly #printed: ExistingOptions;
  readonly #turns = new Turns();
  /** Aborts when the requested number of records is printed, or with the signal of the command. */
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  /** Root and id, or root and name, of each channel that was found. */
  readonly #known = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  #globs: readonly string[] = [];

  constructor(options: FollowedOptions, printed: ExistingOptions) {
    this.#options = options;
    this.#printed = printed;
    this.#signal = AbortSignal.any([printed.signal, this.#end.signal]);
  }

  /**
   * Follows all channels that the patterns name. Resolves when all have ended, or with the signal.
   * @throws RingwireError the error of a single channel; `STORAGE_NOT_FOUND` or `TIMEOUT` if no channel matches
   */
  async run(patterns: readonly string[]): Promise<void> {
    const addresses = patterns
      .filter((pattern) => !isGlob(pattern))
      .map((pattern) => patternAddress(pattern, this.#options));
    this.#globs = patterns.filter(isGlob);
    for (const address of addresses) this.#start(address, this.#options);
    await this.#findFirst();
    const discovery = this.#globs.length === 0 ? null : everyMs(DISCOVER_MILLIS, () => this.#discoverNew());
    try {
      await this.#ended();
      // A channel may have appeared since the last search.
      this.#discoverNew();
      await this.#ended();
    } finally {
      discovery?.stop();
    }
  }

  async #ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
  }

  /** Starts the channels that match now; waits for the first one if the options say so. */
  async #findFirst(): Promise<void> {
    const attempt = () => {
      this.#discover(this.#options);
      if (this.#running.size > 0) return;
      throw new RingwireError('STORAGE_NOT_FOUND', `no channel matches ${this.#globs.join(', ')}`);
    };
    if (this.#globs.length === 0) return;
    await waitIfAsked(attempt, this.#options, this.#signal);
  }

  #discoverNew(): void {
    try {
      this.#discover(FROM_START);
    } catch (error) {
      // The folder is changing, or cannot be read now: the next search tries again.
      if (!(error instanceof RingwireError)) throw error;
    }
  }

  /** Starts the channels that match the globs and were not found before. */
  #discover(start: StartOptions): void {
    if (this.#globs.length === 0 || this.#signal.aborted) return;
    for (const { root, id, name } of channelsMatching(this.#globs, this.#options)) {
      if (name !== undefined && this.#known.has(keyOf({ root, key: name }))) continue;
      this.#start({ root, key: id }, start);
    }
  }

  #start(address: ChannelAddress, start: StartOptions): void {
    const key = keyOf(address);
    if (this.#known.has(key)) return;
    this.#known.add(key);
    const running = this.#follow(address, start).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #follow(address: ChannelAddress, start: StartOptions): Promise<void> {
    const { printing, failures, last } = this.#printed;
    try {
      await followChannel(address, this.#options, start, {
        printing,
        last,
        turns: this.#turns,
        signal: this.#signal,
        isMarked: failures !== null,
      });
    } catch (error) {
      if (this.#signal.aborted) return;
      if (failures === null) throw error;
      // Its creator has not finished it: the next search finds it again.
      if (start === FROM_START && isUnfinished(error)) this.#known.delete(keyOf(address));
      else failures.report(error, address);
    }
    if (printing.isDone) this.#end.abort();
  }
}

function keyOf({ root, key }: ChannelAddress): string {
  return `${path.resolve(root)}/${key}`;
}

function isUnfinished(error: unknown): boolean {
  return error instanceof RingwireError && error.code === 'STORAGE_NOT_READY';
}
