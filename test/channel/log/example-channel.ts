/** A small channel for tests: id 7, records of up to 120 bytes, seconds as ticks. */
import fs from 'node:fs';
import { type ChannelOptions, channelPaths, type ShmWriter, TickUnit } from '../../../src/channel/index.js';

export const CHANNEL = 7;
export const DATA = 1024;

export const EXAMPLE: ChannelOptions = {
  writerId: 1,
  channelId: CHANNEL,
  capacity: 16_384,
  maxMessageLength: 112,
  timeout: 30,
  tickUnit: TickUnit.Secs,
};

export const fileOf = (root: string, channelId: bigint | number = CHANNEL) =>
  channelPaths(root, channelId).file;
export const bytesOf = (root: string) => fs.readFileSync(fileOf(root));

/** Stores bytes at a position of the data area, as a fault would. */
export function poke(root: string, position: number, bytes: Uint8Array): void {
  const fd = fs.openSync(fileOf(root), 'r+');
  fs.writeSync(fd, bytes, 0, bytes.length, DATA + position);
  fs.closeSync(fd);
}

export function word(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}

/** Makes a file of ours look like one of the original: cut to capacity + `footer` bytes. */
export function shorten(root: string, footer: 128 | 160): void {
  fs.truncateSync(fileOf(root), (EXAMPLE.capacity as number) + footer);
}

/** Leaves the channel as it would be if the process of `writer` died now: a file without end marker and lock. */
export function die(root: string, writer: ShmWriter): void {
  const file = fileOf(root);
  fs.copyFileSync(file, `${file}.copy`);
  writer.close();
  fs.renameSync(`${file}.copy`, file);
}
