// Resumes a log or journal, writes one megabyte at most, and says what it met.
import { JournalWriter, ShmWriter } from 'ringwire';

const [root, kind] = process.argv.slice(2);
try {
  const options = { doorbell: false };
  const writer = kind === 'log' ? ShmWriter.resume(root, 9, options) : JournalWriter.resume(root, 9, options);
  for (let n = 0; n < 120 && writer.tryWrite(Buffer.alloc(8000, 1)) > 0; n++);
  writer.detach();
  process.stdout.write('written');
} catch (error) {
  process.stdout.write(error.code);
}
