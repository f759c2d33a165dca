// Ten million records between two processes: node main.mjs [RECORDS] [FOLDER]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const count = Number(process.argv[2] ?? 10_000_000);
const parent = process.argv[3] ?? (fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir());
const folder = fs.mkdtempSync(path.join(parent, 'ringwire-example-'));

try {
  const start = (program) => fork(path.join(import.meta.dirname, program), [folder, String(count)]);
  const children = [start('reader.mjs'), start('writer.mjs')];
  const started = performance.now();
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
  const seconds = (performance.now() - started) / 1000;
  if (codes.some((code) => code !== 0)) throw new Error(`exit codes of reader and writer: ${codes}`);
  const rate = Math.round(count / seconds).toLocaleString('en');
  console.log(
    `${count} records in ${seconds.toFixed(2)} s, start of the processes included: ${rate} a second`,
  );
} finally {
  fs.rmSync(folder, { recursive: true });
}
