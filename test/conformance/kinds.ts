/**
 * The kinds of channel, each with one writer and one reader of it. Where they differ in what the suite looks at stands in
 * `differs`, and in docs/concepts.md, "What the kinds do differently".
 */
import {
  type ChannelOptions,
  JournalReader,
  JournalWriter,
  type Reader,
  type ReaderOptions,
  type ReadIterator,
  RingReader,
  RingWriter,
  ShmReader,
  ShmWriter,
  TickUnit,
  tryIter,
  type Writer,
} from '../../src/channel/index.js';
import type { ManualClock } from '../../src/memory/index.js';
import { memoryFolder } from '../temporary.js';

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

export interface Pair {
  readonly writer: Writer;
  readonly reader: Reader;
}

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
      return { writer, reader: ShmReader.open(root, 9, reading) };
    },
  },
  ...(['overwrite', 'back-pressure'] as const).map(
    (policy): Kind => ({
      name: `${policy} ring`,
      differs: { full: policy === 'overwrite' ? 'overwrites' : 'waits', maxMessageLength: 112 },
      open(options, reading) {
        const root = memoryFolder();
        const writer = RingWriter.create(root, { ...OPTIONS, ...options, policy });
        return { writer, reader: RingReader.open(root, 9, reading) };
      },
    }),
  ),
  {
    name: 'journal',
    differs: { full: 'rolls', maxMessageLength: 120 },
    open(options, reading) {
      const root = memoryFolder();
      const writer = JournalWriter.create(root, { ...OPTIONS, ...options });
      return { writer, reader: JournalReader.open(root, 9, reading) };
    },
  },
];

/** Runs with a pair of the kind and closes both. */
export function withPair<T>(
  kind: Kind,
  act: (pair: Pair) => T,
  options: Partial<ChannelOptions> & { readonly clock?: ManualClock } = {},
  reading: ReaderOptions = {},
): T {
  const pair = kind.open(options, reading);
  const close = () => {
    pair.reader.close();
    pair.writer.close();
  };
  try {
    const result = act(pair);
    if (result instanceof Promise) return result.finally(close) as T;
    close();
    return result;
  } catch (error) {
    close();
    throw error;
  }
}

export const iterate = (reader: Reader): ReadIterator => tryIter(reader);
export const text = (content: string) => Buffer.from(content);

/** Everything a reader has now, as text. */
export function drain(reader: Reader, limit?: number): string[] {
  const seen: string[] = [];
  reader.poll((buffer, offset, length) => {
    seen.push(buffer.toString('utf8', offset, offset + length));
  }, limit);
  return seen;
}

export const codeOf = (call: () => unknown): string => {
  try {
    call();
    return 'none';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};
