/** The errors for what a writer answers when it takes nothing. */
import { RingwireError } from '../../platform/index.js';
import { WriteResult, type Writer } from './writer.js';

/** The error that `write` throws where `tryWrite` answers `result` for a record of `length` bytes. */
export function refusal(writer: Writer, result: number, length: number): RingwireError {
  const { path } = writer;
  const maxAllowed = writer.header.maxMessageLength;
  switch (result) {
    case WriteResult.Closed:
      return new RingwireError('CLOSED', `the writer of ${path} is closed`, { path });
    case WriteResult.RecordTooLong:
      return new RingwireError(
        'MAX_RECORD_LENGTH_EXCEEDED',
        `a record of ${length} bytes, handlers included, is longer than the ${maxAllowed} bytes ${path} takes: split it, or create the channel with a larger maxMessageLength`,
        { path, recordLength: length, maxAllowed },
      );
    case WriteResult.BackPressured:
    case WriteResult.ReaderStuck:
      return new RingwireError(
        'BACK_PRESSURED',
        `the readers of ${path} that must not be overtaken have not caught up: try again later`,
        { path },
      );
    default:
      return new RingwireError(
        'CHANNEL_FULL',
        `no room for a record of ${length} bytes in ${path}, ${writer.available} are left: close it and go on in a new one`,
        { path, recordLength: length, left: writer.available },
      );
  }
}
