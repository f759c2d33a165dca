export { existingJournal } from './control-file.js';
export { removeJournalCursor } from './journal-cursor.js';
export type {
  JournalOptions,
  JournalReaderOptions,
  JournalResumeOptions,
  Retention,
} from './journal-options.js';
export { type JournalPaths, journalPaths, listJournalIds } from './journal-path.js';
export { JournalReader } from './journal-reader.js';
export { type JournalReport, type JournalStatus, journalStatus, verifyJournal } from './journal-report.js';
export { JournalWriter } from './journal-writer.js';
export { type RegisteredCursor, registeredCursors } from './retention.js';
