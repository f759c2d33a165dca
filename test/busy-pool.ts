/** Occupies every thread of the libuv pool, so that an asynchronous call that follows is still queued when a test looks. */
import crypto from 'node:crypto';

const THREADS = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);

export function occupyPool(): void {
  for (let n = 0; n < THREADS; n++) crypto.pbkdf2('a', 'b', 100_000, 32, 'sha256', () => {});
}
