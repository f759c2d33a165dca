// Creates a channel and publishes, and kills itself at a named point, by standing in for a call that comes there.
import fs from 'node:fs';
import { ShmWriter, TickUnit } from 'ringwire';

const [root, point, backend] = process.argv.slice(2);
const die = () => process.kill(process.pid, 'SIGKILL');

/** Lets `object[name]` die before (or after) the call for which `when` holds. */
function dieAt(object, name, when, after = false) {
  const original = object[name];
  object[name] = function (...args) {
    if (!when(...args)) return original.apply(this, args);
    if (after) original.apply(this, args);
    die();
  };
}

const always = () => true;
const isLengthOf5 = (_words, _index, value) => value === 5n;
const isClose = (_words, _index, value) => value === -1n;
const isTemporary = (file) => String(file).endsWith('.tmp');
const isTemporaryFile = (fd) => fs.readlinkSync(`/proc/self/fd/${fd}`).includes('.tmp');

function withoutLinks() {
  fs.linkSync = () => {
    throw Object.assign(new Error('no links here'), { code: 'EPERM' });
  };
}

const arrange = {
  'lock made, file not': () => dieAt(fs, 'openSync', isTemporary),
  'file made, blocks not reserved': () => dieAt(fs, 'openSync', isTemporary, true),
  'blocks reserved, header not': () => dieAt(fs, 'writeSync', (_fd, bytes) => bytes.length === 128),
  'header written, not on disk': () => dieAt(fs, 'fsyncSync', isTemporaryFile),
  'header on disk, not published': () => dieAt(fs, 'linkSync', always),
  'published, temporary name still there': () => dieAt(fs, 'linkSync', always, true),
  'placeholder made, not renamed': () => {
    withoutLinks();
    dieAt(fs, 'renameSync', always);
  },
  'renamed, lock still there': () => {
    withoutLinks();
    dieAt(fs, 'renameSync', always, true);
  },
  'after the claim': () => {},
  'in the middle of the payload': () => {},
  'before the commit store': () => dieAt(Atomics, 'store', isLengthOf5),
  'after the commit store': () => dieAt(Atomics, 'store', isLengthOf5, true),
  'before the commit of a batch': () => dieAt(Atomics, 'store', isLengthOf5),
  'after the commit of a batch': () => dieAt(Atomics, 'store', isLengthOf5, true),
  'after the first staged record': () => {},
  'after the last staged record': () => {},
  'before the commit of staged records': () => dieAt(Atomics, 'store', isLengthOf5),
  'after the commit of staged records': () => dieAt(Atomics, 'store', isLengthOf5, true),
  'before the end marker': () => dieAt(Atomics, 'store', isClose),
  'after the end marker': () => dieAt(Atomics, 'store', isClose, true),
};
arrange[point]();

const writer = ShmWriter.create(root, {
  writerId: 1,
  channelId: 7,
  capacity: 16_384,
  maxMessageLength: 100,
  timeout: 30,
  tickUnit: TickUnit.Secs,
  backend,
});
writer.write(Buffer.from('one'));
writer.write(Buffer.from('two!'));
if (point.includes('batch')) writer.writeBatch(['three', 'four', 'fifth'].map((text) => Buffer.from(text)));
if (point.includes('staged')) {
  for (const text of ['three', 'four', 'fifth']) {
    writer.buffer.write(text, writer.stage(text.length));
    if (point.includes('first')) die();
  }
  if (point.includes('last')) die();
  writer.publish();
}
if (point.includes('claim') || point.includes('payload')) {
  const offset = writer.tryClaim(5);
  if (point.includes('payload')) writer.buffer.write('thr', offset);
  die();
}
writer.write(Buffer.from('three'));
writer.close();
process.exit(3);
