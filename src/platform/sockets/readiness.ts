/**
 * Waits on a thread of the libuv pool until a descriptor is readable. The event loop remains free and no thread spins.
 * One wait lasts at most {@link LONGEST_WAIT_MILLIS}, and {@link Readiness.wake} ends it immediately.
 *
 * Source: `struct pollfd` (fd i32, events i16, revents i16), poll(2); eventfd(2).
 */
import { EFD_CLOEXEC, EFD_NONBLOCK, errnoName, libc, POLLIN } from '../libc.js';
import { RingwireError } from '../ringwire-error.js';

/** The longest single wait in milliseconds. */
export const LONGEST_WAIT_MILLIS = 100;

const POLLFD_SIZE = 8;
const REVENTS = 6;
/** What is added to the counter of an eventfd. */
const ONE = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);

/** Waits in progress. They are woken at process exit, which would otherwise wait for them. */
const waiting = new Set<Readiness>();

/** Waits for one descriptor. */
export class Readiness {
  readonly #descriptors = Buffer.from(new ArrayBuffer(2 * POLLFD_SIZE));
  readonly #bell: number;
  #busy = false;
  #closed = false;

  /**
   * @param fd the descriptor to wait for; the caller closes it
   * @throws RingwireError `COULD_NOT_ACCESS_SOCKET` without a free descriptor for the wake-up
   */
  constructor(fd: number) {
    this.#bell = libc().eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (this.#bell < 0) {
      const reason = errnoName(libc().errno());
      const hint = 'close descriptors, or raise the limit (ulimit -n)';
      throw new RingwireError(
        'COULD_NOT_ACCESS_SOCKET',
        `cannot wait for a socket: eventfd: ${reason}; ${hint}`,
        {
          reason,
        },
      );
    }
    [fd, this.#bell].forEach((descriptor, i) => {
      this.#descriptors.writeInt32LE(descriptor, i * POLLFD_SIZE);
      this.#descriptors.writeInt16LE(POLLIN, i * POLLFD_SIZE + 4);
    });
  }

  /**
   * Calls `done` once, with true when the descriptor has data or an error that a read will report. Only one wait may be in
   * progress.
   */
  wait(done: (ready: boolean) => void): void {
    if (waiting.size === 0) process.on('exit', wakeAll);
    waiting.add(this);
    this.#busy = true;
    libc().pollAsync(this.#descriptors, 2, LONGEST_WAIT_MILLIS, () => {
      waiting.delete(this);
      if (waiting.size === 0) process.off('exit', wakeAll);
      this.#busy = false;
      if (this.#closed) libc().close(this.#bell);
      done(this.#descriptors.readInt16LE(REVENTS) !== 0);
    });
  }

  /** Ends the wait in progress and every later one immediately. */
  wake(): void {
    if (this.#closed && !this.#busy) return;
    libc().write(this.#bell, ONE, ONE.length);
  }

  /** Ends the wait in progress and frees the wake-up. The caller closes its descriptor after `done`. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#busy) this.wake();
    else libc().close(this.#bell);
  }
}

function wakeAll(): void {
  for (const readiness of waiting) readiness.wake();
}
