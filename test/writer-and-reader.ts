/** A writer and a reader of one new channel of any kind, and what they carry as text. */
import type { Reader, Writer } from '../src/channel/index.js';

export interface WriterAndReader<W extends Writer, R extends Reader> extends Disposable {
  readonly root: string;
  readonly writer: W;
  readonly reader: R;
}

/** Both of them; disposing closes them. */
export function writerAndReader<W extends Writer, R extends Reader>(
  root: string,
  writer: W,
  reader: R,
): WriterAndReader<W, R> {
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
