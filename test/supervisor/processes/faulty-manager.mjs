/**
 * A manager whose n-th call that changes a file fails with an error, or is the last before SIGKILL. Registers and starts
 * what its arguments say, stops it, and reports how many such calls there were.
 */
import fs from 'node:fs';
import path from 'node:path';

const [runtimeDir, specs, nth, how] = process.argv.slice(2);
const CHANGES = [
  'writeFileSync',
  'renameSync',
  'mkdirSync',
  'mkdtempSync',
  'linkSync',
  'unlinkSync',
  'rmSync',
  'writeSync',
  'ftruncateSync',
  'chmodSync',
];
let calls = 0;
const armed = Number(nth);
const change = (name, real) =>
  function (...args) {
    calls++;
    if (calls !== armed) return real.apply(this, args);
    if (how === 'kill') {
      real.apply(this, args);
      process.kill(process.pid, 'SIGKILL');
    }
    throw Object.assign(new Error(`${how}: injected into ${name}`), { code: how });
  };
for (const name of CHANGES) fs[name] = change(name, fs[name]);
const open = fs.openSync;
const creates = fs.constants.O_CREAT;
const changeOpen = change('openSync', open);
fs.openSync = (file, flags = 'r', ...rest) =>
  typeof flags === 'number' && (flags & creates) !== 0
    ? changeOpen.call(fs, file, flags, ...rest)
    : open.call(fs, file, flags, ...rest);

const { Manager, RingStorage } = await import('ringwire/supervisor');
const failures = [];
let manager;
try {
  const storage = new RingStorage(path.join(runtimeDir, 'channels'), { outputCapacity: 1 << 20 });
  manager = await Manager.open({ runtimeDir, storage });
  for (const spec of JSON.parse(specs)) await manager.register(spec);
  failures.push(...(await manager.startAll()).map(({ error }) => error.message));
  for (const { id, state } of manager.list()) {
    if (state === 'running') await manager.stop(id);
  }
} catch (error) {
  failures.push(error.message);
}
const states = manager?.list().map(({ state }) => state) ?? [];
await manager?.shutdown().catch((error) => failures.push(`shutdown: ${error.message}`));
process.send({ calls, failures, states });
process.disconnect();
