// Writes a record and ends: by an empty event loop, process.exit, an uncaught error or a signal.
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { JournalWriter, RetryWriter, ShmWriter, TickUnit } from 'ringwire';

const [root, kind, end, closeOnExit] = isMainThread ? process.argv.slice(2) : workerData;
const options = {
  ...{
    writerId: 1,
    channelId: 9,
    capacity: 16_384,
    maxMessageLength: 100,
    timeout: 1000,
    tickUnit: TickUnit.Millis,
  },
  closeOnExit: closeOnExit === 'true',
};
if (end === 'thread' && isMainThread) {
  new Worker(new URL(import.meta.url), { workerData: [root, kind, 'empty', closeOnExit] });
} else {
  const writer =
    kind === 'journal'
      ? JournalWriter.create(root, options)
      : kind === 'log'
        ? ShmWriter.create(root, options)
        : new RetryWriter(ShmWriter.create(root, options));
  writer.write(Buffer.from('one'));
  if (kind === 'retry') RetryWriter.attach(writer.share()).write(Buffer.from('two'));
  if (end === 'exit') process.exit(3);
  if (end === 'error') throw new Error('uncaught');
  if (end === 'signal') process.kill(process.pid, 'SIGKILL');
}
