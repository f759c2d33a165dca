// Records through Node streams, and through web streams: streams.mjs FOLDER

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  recordReadable,
  recordReadableStream,
  recordWritable,
  recordWritableStream,
  ShmReader,
  ShmWriter,
} from 'ringwire';
import { done, record } from './records.mjs';

const root = process.argv[2];
const records = Array.from({ length: 1000 }, (_, i) => record(i));

function verify(chunks) {
  if (!Buffer.concat(chunks).equals(Buffer.concat(records))) throw new Error('the records differ');
}

await pipeline(Readable.from(records), recordWritable(ShmWriter.create(root, { channelId: 1 })));
const chunks = [];
for await (const chunk of recordReadable(ShmReader.open(root, 1))) chunks.push(chunk);
verify(chunks);

const sink = recordWritableStream(ShmWriter.create(root, { channelId: 2 })).getWriter();
for (const bytes of records) await sink.write(bytes);
await sink.close();
const webChunks = [];
for await (const chunk of recordReadableStream(ShmReader.open(root, 2))) webChunks.push(chunk);
verify(webChunks);
done();
