/** Colors for one stream: NO_COLOR wins, then FORCE_COLOR, else a terminal that can show them. */
import picocolors from 'picocolors';
import { setting } from '../../platform/index.js';
import { marked } from './printable.js';

const NAMES = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan', 'magenta', 'blue'] as const;

/** Functions that color text for the printing layer (printable.ts). */
export type Colours = Readonly<Record<(typeof NAMES)[number], (text: string) => string>>;

/** The colors for a stream; functions that change nothing where it shows none. */
export function coloursFor(stream: { readonly isTTY?: boolean }): Colours {
  const isWanted =
    setting('NO_COLOR') === undefined &&
    (setting('FORCE_COLOR') !== undefined || (stream.isTTY === true && setting('TERM') !== 'dumb'));
  const colours = picocolors.createColors(isWanted);
  return Object.fromEntries(NAMES.map((name) => [name, marked(colours[name])])) as Colours;
}
