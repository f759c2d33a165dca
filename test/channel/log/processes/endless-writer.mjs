// Publishes numbered records as fast as it can, in every way there is, and tells on descriptor 3 how many are
// published: always after the publication, so that whatever was told must be readable whatever happens next.
import fs from 'node:fs';
import { ShmWriter, TickUnit } from 'ringwire';
import { fillRecord, lengthOf } from './numbered-records.mjs';

const [root, backend] = process.argv.slice(2);
const writer = ShmWriter.create(root, {
  writerId: 1,
  channelId: 7,
  capacity: 1 << 20,
  maxMessageLength: 128,
  timeout: 30,
  tickUnit: TickUnit.Secs,
  backend,
});
const scratch = Buffer.alloc(8 * 128);
const told = Buffer.alloc(4);
let number = 0;

function tell() {
  told.writeUInt32LE(number);
  fs.writeSync(3, told);
}

function single() {
  const length = fillRecord(scratch, 0, number);
  writer.write(scratch, length);
  number++;
}

function claimed() {
  const offset = writer.tryClaim(lengthOf(number));
  fillRecord(writer.buffer, offset, number);
  writer.commit();
  number++;
}

function batch() {
  const records = [];
  for (let i = 0; i < 5; i++) {
    const length = fillRecord(scratch, i * 128, number + i);
    records.push(scratch.subarray(i * 128, i * 128 + length));
  }
  writer.writeBatch(records);
  number += 5;
}

function staged() {
  for (let i = 0; i < 5; i++) {
    fillRecord(writer.buffer, writer.stage(lengthOf(number + i)), number + i);
  }
  writer.publish();
  number += 5;
}

const ways = [single, claimed, batch, staged, single, () => writer.heartbeat(), claimed];
tell();
for (let turn = 0; writer.available > 1024; turn++) {
  ways[turn % ways.length]();
  tell();
}
setInterval(() => {}, 1000);
