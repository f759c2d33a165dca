/** The destination of a recording: a new file, or standard output. */
import { type FileHandle, open } from 'node:fs/promises';
import { RingwireError, storageError, systemCode } from '../platform/index.js';

/** File name that means standard input or output. */
export const STANDARD_STREAM = '-';

/** A destination of recorded bytes. */
export interface RecordingFile {
  /**
   * Resolves when the bytes were accepted.
   * @throws RingwireError `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
   */
  write(bytes: Buffer): Promise<void>;
  /**
   * Flushes and closes the file.
   * @throws like {@link write}
   */
  finish(): Promise<void>;
  /** Closes the file without a flush. */
  abandon(): Promise<void>;
}

/**
 * Creates a recording file. `replace`: replace an existing file.
 * @throws RingwireError `STORAGE_ALREADY_EXISTS` without `replace`, `NO_SPACE`, `COULD_NOT_ACCESS_STORAGE`
 */
export async function createRecordingFile(path: string, replace: boolean): Promise<RecordingFile> {
  if (path === STANDARD_STREAM) return standardOutput;
  try {
    return new NewFile(path, await open(path, replace ? 'w' : 'wx', 0o600));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw storageError(path, systemCode(error) ?? '', 0, error);
    throw new RingwireError(
      'STORAGE_ALREADY_EXISTS',
      `${path} exists: name another file, or replace it with --force`,
      { path },
    );
  }
}

class NewFile implements RecordingFile {
  readonly #path: string;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  write(bytes: Buffer): Promise<void> {
    return this.#guard(async () => {
      for (let at = 0; at < bytes.length; ) at += (await this.#handle.write(bytes, at)).bytesWritten;
    }, bytes.length);
  }

  finish(): Promise<void> {
    return this.#guard(async () => {
      // Devices and pipes cannot be flushed.
      await this.#handle.sync().catch((error) => {
        if (systemCode(error) !== 'EINVAL') throw error;
      });
      await this.#handle.close();
    }, 0);
  }

  abandon(): Promise<void> {
    return this.#handle.close().catch(() => {});
  }

  async #guard(act: () => Promise<void>, length: number): Promise<void> {
    try {
      await act();
    } catch (error) {
      throw storageError(this.#path, systemCode(error) ?? '', length, error);
    }
  }
}

/** Standard output. An error is also an event of the stream, which ends the process. */
const standardOutput: RecordingFile = {
  write: (bytes) => new Promise((resolve) => process.stdout.write(bytes, () => resolve())),
  finish: async () => {},
  abandon: async () => {},
};
