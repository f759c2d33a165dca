/**
 * Closes writers when the process or worker thread ends normally. Source: kekbit, where dropping a writer closes it.
 */

/** The option of every writer that can be closed at the end of the process. */
export interface ExitOptions {
  /**
   * Close the channel when the process or worker thread ends normally: `process.exit()`, an empty event loop or an
   * uncaught error. A signal that kills the process does not run it. Default: false; readers then report a dead
   * writer.
   */
  readonly closeOnExit?: boolean;
}

interface Closable {
  close(): void;
}

const writers = new Set<Closable>();

function closeAll(): void {
  for (const writer of writers) {
    try {
      writer.close();
    } catch {
      // No caller can receive the error at the end of the process. The next writer must still be closed.
    }
  }
}

/**
 * Registers `writer` to be closed at the end of the process.
 * @returns removes the registration; call it when the writer is closed
 */
export function closeAtExit(writer: Closable): () => void {
  if (writers.size === 0) process.on('exit', closeAll);
  writers.add(writer);
  return () => {
    if (writers.delete(writer) && writers.size === 0) process.off('exit', closeAll);
  };
}
