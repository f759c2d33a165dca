/** Prefixes of lines that come from several processes: each id has a color of its own and all have one width. */
import type { Colours } from '../colours.js';
import { printable } from '../printable.js';

const PALETTE = ['cyan', 'yellow', 'green', 'magenta', 'blue'] as const;
/** Longer ids move their own lines only. */
const WIDEST = 20;

/** The prefixes of one output. Ids get their colors in the order in which they first appear. */
export class ProcessPrefixes {
  readonly #colours: Colours;
  readonly #order: string[] = [];
  #width = 0;

  constructor(colours: Colours) {
    this.#colours = colours;
  }

  /** Makes room for an id. */
  add(id: string): void {
    if (this.#order.includes(id)) return;
    this.#order.push(id);
    this.#width = Math.max(this.#width, Math.min(id.length, WIDEST));
  }

  /** The id, colored and padded. */
  of(id: string): string {
    this.add(id);
    const colour = PALETTE[this.#order.indexOf(id) % PALETTE.length] as (typeof PALETTE)[number];
    return this.#colours[colour](printable(id).padEnd(this.#width));
  }

  /** Another name in the same width, without a color of its own. */
  ofOther(name: string): string {
    return this.#colours.dim(name.padEnd(this.#width));
  }

  /** What precedes a line of output: `web | ` for stdout, `web ! ` for stderr. */
  ofLine(id: string, stream: 0 | 1): string {
    const { dim, red } = this.#colours;
    return `${this.of(id)} ${stream === 0 ? dim('|') : red('!')} `;
  }
}
