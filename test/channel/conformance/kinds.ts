/**
 * The kinds of channel, each with one writer and one reader of it. Where they differ in what the suite looks at stands in
 * `differs`, and in docs/concepts.md, "What the kinds do differently".
 */
import { onTestFinished } from 'vitest';
import {
  type ChannelOptions,
  JournalReader,
  JournalWriter,
  type Reader,
  type ReaderOptions,
  RetryWriter,
  RingReader,
  RingWriter,
  ShmReader,
  ShmWriter,
  TickUnit,
  type Writer,
} from '../../../src/channel/index.js';
import type { ManualClock } from '../../../src/platform/index.js';
import { memoryFolder } from '../../temporary.js';
import { type WriterAndReader, writerAndReader } from '../../writer-and-reader.js';

export const OPTIONS: ChannelOptions = {
  writerId: 1,
  channelId: 9,
  capacity: 16_384,
  maxMessageLength: 112,
  timeout: 1000,
  tickUnit: TickUnit.Millis,
};

export interface Differences {
  /** What happens when more is written than fits: an error, the oldest goes, the writer waits, or a new segment. */
  readonly full: 'refuses' | 'overwrites' | 'waits' | 'rolls';
  /** Where the largest record that was asked for is rounded to. */
  readonly maxMessageLength: number;
}

export type Pair = WriterAndReader<Writer, Reader>;

export interface Kind {
  readonly name: string;
  readonly differs: Differences;
  open(options?: Partial<ChannelOptions>, reading?: ReaderOptions): Pair;
}

export const KINDS: readonly Kind[] = [
  {
    name: 'log',
    differs: { full: 'refuses', maxMessageLength: 120 },
    open(options, reading) {
      const root = memoryFolder();
      const writer = ShmWriter.create(root, { ...OPTIONS, ...options });
      return writerAndReader(root, writer, ShmReader.open(root, 9, reading));
    },
  },
  ...(['overwrite', 'back-pressure'] as const).map(
    (policy): Kind => ({
      name: `${policy} ring`,
      differs: { full: policy === 'overwrite' ? 'overwrites' : 'waits', maxMessageLength: 112 },
      open(options, reading) {
        const root = memoryFolder();
        const writer = RingWriter.create(root, { ...OPTIONS, ...options, policy });
        return writerAndReader(root, writer, RingReader.open(root, 9, reading));
      },
    }),
  ),
  {
    name: 'journal',
    differs: { full: 'rolls', maxMessageLength: 120 },
    open(options, reading) {
      const root = memoryFolder();
      const writer = JournalWriter.create(root, { ...OPTIONS, ...options });
      return writerAndReader(root, writer, JournalReader.open(root, 9, reading));
    },
  },
];

/** A log whose writer is shared between threads. */
export const RETRY: Kind = {
  name: 'log behind a retry writer',
  differs: { full: 'refuses', maxMessageLength: 120 },
  open(options, reading) {
    const root = memoryFolder();
    const writer = new RetryWriter(ShmWriter.create(root, { ...OPTIONS, ...options }));
    return writerAndReader(root, writer, ShmReader.open(root, 9, reading));
  },
};

/** Runs with a pair of the kind; both are closed when the test is over. */
export function withPair<T>(
  kind: Kind,
  act: (pair: Pair) => T,
  options: Partial<ChannelOptions> & { readonly clock?: ManualClock } = {},
  reading: ReaderOptions = {},
): T {
  const pair = kind.open(options, reading);
  onTestFinished(() => pair[Symbol.dispose]());
  return act(pair);
}
