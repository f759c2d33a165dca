/** `ringwire top` on a terminal: the table, a line above it and one below, scrolled with the keys. */
import type { ChannelSample, RootSampler } from '../../../metrics/index.js';
import { everyMs, type LongTimer } from '../../../platform/index.js';
import { FullScreen } from '../../full-screen.js';
import { coloursFor } from '../../rendering/colours.js';
import { counted } from '../../rendering/quantities.js';
import { topTable } from '../../rendering/top-table.js';
import { RateHistory } from './rate-history.js';

/** Milliseconds of each interval for reading logs. */
const BUDGET_MILLIS = 100;
/** Title, headline of the table and footer. */
const FIXED_LINES = 3;

const DOWN = new Set(['j', '\u001b[B', '\u001bOB']);
const UP = new Set(['k', '\u001b[A', '\u001bOA']);
const PAGE_DOWN = new Set([' ', '\u001b[6~']);
const PAGE_UP = new Set(['b', '\u001b[5~']);
const HOME = new Set(['g', '\u001b[H', '\u001b[1~']);

/** Redraws the table until it is disposed. */
export class TopScreen implements Disposable {
  readonly #sampler: RootSampler;
  readonly #quit: (error?: unknown) => void;
  readonly #screen: FullScreen;
  readonly #timer: LongTimer;
  #samples: ChannelSample[];
  readonly #history = new RateHistory();
  #scrolled = 0;
  #page = 1;

  /** @param quit called when the user quits, or with an error */
  constructor(sampler: RootSampler, intervalMillis: number, quit: (error?: unknown) => void) {
    this.#sampler = sampler;
    this.#quit = quit;
    this.#samples = sampler.sample(BUDGET_MILLIS);
    this.#screen = new FullScreen({
      frame: (columns, rows) => this.#frame(columns, rows),
      onKey: (key) => this.#onKey(key),
    });
    this.#timer = everyMs(intervalMillis, () => this.#sample());
  }

  [Symbol.dispose](): void {
    this.#timer.stop();
    this.#screen[Symbol.dispose]();
  }

  #sample(): void {
    try {
      this.#samples = this.#sampler.sample(BUDGET_MILLIS);
      this.#history.add(this.#samples);
      this.#screen.draw();
    } catch (error) {
      this.#quit(error);
    }
  }

  #frame(columns: number, rows: number): string[] {
    const colours = coloursFor(process.stdout);
    const [headline = '', ...lines] = topTable(this.#samples, this.#history, columns, colours);
    this.#page = Math.max(1, rows - FIXED_LINES);
    this.#scrolled = Math.max(0, Math.min(this.#scrolled, lines.length - this.#page));
    const shown = lines.slice(this.#scrolled, this.#scrolled + this.#page);
    const below = lines.length - this.#scrolled - shown.length;
    const title = `ringwire top  ${this.#sampler.root}  ${counted(this.#samples.length, 'channel')}`;
    const time = new Date().toTimeString().slice(0, 8);
    const more = below > 0 ? `${counted(below, 'more line')} below; ` : '';
    const footer = `${more}q quits, arrows scroll`;
    return [
      colours.bold(`${title.slice(0, Math.max(0, columns - 9)).padEnd(Math.max(0, columns - 8))}${time}`),
      headline,
      ...shown,
      ...Array<string>(Math.max(0, rows - FIXED_LINES - shown.length)).fill(''),
      colours.dim(footer.slice(0, columns)),
    ];
  }

  #onKey(key: string): void {
    if (key === 'q' || key === 'Q') {
      this.#quit();
      return;
    }
    if (DOWN.has(key)) this.#scrolled++;
    else if (UP.has(key)) this.#scrolled--;
    else if (PAGE_DOWN.has(key)) this.#scrolled += this.#page;
    else if (PAGE_UP.has(key)) this.#scrolled -= this.#page;
    else if (HOME.has(key)) this.#scrolled = 0;
    this.#screen.draw();
  }
}
