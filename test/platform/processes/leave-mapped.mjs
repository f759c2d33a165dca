// Opens and closes mappings by the thousand: what the process holds must not grow.
import fs from 'node:fs';
import { selectBackend } from '../../../dist/platform/index.js';

const [file, backend] = process.argv.slice(2);
const fd = fs.openSync(file, 'r');
const { size } = fs.fstatSync(fd);
const lines = () => fs.readFileSync('/proc/self/maps', 'latin1').split('\n').length;
let sum = 0;
const before = lines();
for (let round = 0; round < 20; round++) {
  for (let i = 0; i < 500; i++) {
    const mapping = selectBackend(size, backend).map(fd, size, false);
    sum += new Uint8Array(mapping.memory)[size - 1];
    mapping.close();
  }
  globalThis.gc();
  await new Promise((resolve) => setTimeout(resolve, 5));
}
fs.writeSync(1, JSON.stringify({ sum, growth: lines() - before }));
