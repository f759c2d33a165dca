/** A level as a bar: `█████░░░░░  50 %`. */
import { percent } from './quantities.js';

const WIDTH = 20;

/** @param share 0 to 1; a share above 0 shows at least one block, and only 1 shows all */
export function bar(share: number, width = WIDTH): string {
  const bounded = Math.min(Math.max(share, 0), 1);
  const pieces = bounded === 0 ? 0 : Math.max(1, Math.floor(bounded * width));
  return `${'█'.repeat(pieces)}${'░'.repeat(width - pieces)} ${percent(share).padStart(5)}`;
}
