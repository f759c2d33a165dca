/** A small channel to begin with, for tests that only care about some of its options. */
import { type ChannelOptions, type Reader, ShmReader, ShmWriter, TickUnit } from '../../src/channel/index.js';
import type { ReaderOptions } from '../../src/channel/options.js';
import { temporaryFolder } from '../temporary.js';

export const OPTIONS: ChannelOptions = {
  writerId: 1,
  channelId: 9,
  capacity: 16_384,
  maxMessageLength: 120,
  timeout: 1000,
  tickUnit: TickUnit.Millis,
};

export interface ChannelUnderTest extends Disposable {
  readonly root: string;
  readonly writer: ShmWriter;
  readonly reader: ShmReader;
}

/** A writer and a reader of one new channel; both are closed with it. */
export function openChannel(
  options: Partial<ChannelOptions> = {},
  readerOptions: ReaderOptions = {},
): ChannelUnderTest {
  const root = temporaryFolder();
  const writer = ShmWriter.create(root, { ...OPTIONS, ...options });
  const backend = options.backend;
  const reader = ShmReader.open(root, writer.header.channelId, {
    ...(backend === undefined ? {} : { backend }),
    ...readerOptions,
  });
  return {
    root,
    writer,
    reader,
    [Symbol.dispose]() {
      reader.close();
      writer.close();
    },
  };
}

export const text = (content: string) => Buffer.from(content);

/** Everything a reader has now, as text. */
export function drain(reader: Reader, limit?: number): string[] {
  const seen: string[] = [];
  reader.poll((buffer, offset, length) => {
    seen.push(buffer.toString('utf8', offset, offset + length));
  }, limit);
  return seen;
}
