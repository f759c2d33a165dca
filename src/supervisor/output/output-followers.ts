/** Followers of the output of all processes, also of those that are registered later. */
import type { LogStream, Watch } from '../../control/index.js';
import type { ProcessOutput } from './process-output.js';
import { WatchMerge } from './watch-merge.js';

/** The followers of one manager. */
export class OutputFollowers {
  readonly #followers = new Set<{ stream: LogStream; merge: WatchMerge<Uint8Array> }>();

  /** Adds a follower of these outputs and of those that are added later. */
  watch(stream: LogStream, outputs: Iterable<ProcessOutput>): Watch<Uint8Array> {
    const follower = { stream, merge: new WatchMerge<Uint8Array>(() => this.#followers.delete(follower)) };
    for (const output of outputs) follower.merge.add(output.watch(stream));
    this.#followers.add(follower);
    return follower.merge;
  }

  /** Adds an output to all followers. */
  add(output: ProcessOutput): void {
    for (const { stream, merge } of this.#followers) merge.add(output.watch(stream));
  }
}
