/**
 * A manager that adopts or starts one counting child and kills itself at the nth piece of its output: `before` the
 * log has the piece, or `after`, before the header of the spool records that.
 */
import path from 'node:path';
import { Manager, RingStorage } from 'ringwire/supervisor';

const [runtimeDir, spec, point, nth] = process.argv.slice(2);
const rings = new RingStorage(path.join(runtimeDir, 'channels'), { outputCapacity: 1 << 20 });
let pieces = 0;
const storage = {
  folder: rings.folder,
  eventLog: () => rings.eventLog(),
  outputLog(channel) {
    const log = rings.outputLog(channel);
    return {
      get appended() {
        return log.appended;
      },
      longestPiece: log.longestPiece,
      append(bytes, arrival) {
        pieces++;
        if (point === 'before' && pieces >= Number(nth)) process.kill(process.pid, 'SIGKILL');
        log.append(bytes, arrival);
        if (point === 'after' && pieces >= Number(nth)) process.kill(process.pid, 'SIGKILL');
      },
      snapshot: (options) => log.snapshot(options),
      watch: () => log.watch(),
      close: () => log.close(),
    };
  },
};
const manager = await Manager.open({ runtimeDir, storage });
await manager.register(JSON.parse(spec));
await manager.startAll();
