/** Comparing secrets. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether two texts are the same. Compares digests: the time says nothing about where or how they differ. */
export function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
