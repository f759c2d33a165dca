/** Captures of the shared files of the original driver, and what they mean. */
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { vectorsFolder } from '../vectors.js';

const folder = vectorsFolder('aeron');

// biome-ignore lint/suspicious/noExplicitAny: expectations are plain JSON, compared field by field
export function expectation(name: string): any {
  return JSON.parse(fs.readFileSync(path.join(folder, `${name}.json`), 'utf8'));
}

/** The file itself, in memory of its own. */
export function capture(name: string): ArrayBuffer {
  const bytes = zlib.gunzipSync(fs.readFileSync(path.join(folder, `${name}.gz`)));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}
