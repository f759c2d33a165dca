/** A small channel for tests that depend on only some of its options. */

import type { ReaderOptions } from '../../src/channel/core/channel-options.js';
import { type ChannelOptions, ShmReader, ShmWriter, TickUnit } from '../../src/channel/index.js';
import { temporaryFolder } from '../temporary.js';
import { type WriterAndReader, writerAndReader } from '../writer-and-reader.js';

export const OPTIONS: ChannelOptions = {
  writerId: 1,
  channelId: 9,
  capacity: 16_384,
  maxMessageLength: 120,
  timeout: 1000,
  tickUnit: TickUnit.Millis,
};

/** A writer and a reader of one new channel; both are closed with it. */
export function openChannel(
  options: Partial<ChannelOptions> = {},
  readerOptions: ReaderOptions = {},
): WriterAndReader<ShmWriter, ShmReader> {
  const root = temporaryFolder();
  const writer = ShmWriter.create(root, { ...OPTIONS, ...options });
  const backend = options.backend;
  const reader = ShmReader.open(root, writer.header.channelId, {
    ...(backend === undefined ? {} : { backend }),
    ...readerOptions,
  });
  return writerAndReader(root, writer, reader);
}
