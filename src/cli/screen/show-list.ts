/** A list on the terminal that is sampled at an interval, with keys. */
import { everyMs, onAbort } from '../../platform/index.js';
import { coloursFor } from '../rendering/colours.js';
import { FullScreen } from './full-screen.js';
import type { ListContent } from './list-content.js';
import { ListView } from './list-view.js';

/** The items of a list at one moment. */
export interface Listing<Row> {
  readonly rows: readonly Row[];
  /** The end of the title, such as a folder. */
  readonly about: string;
}

/** A list, and where its items come from. */
export interface LiveList<Row> {
  readonly content: ListContent<Row>;
  /** Milliseconds between two samples. */
  readonly intervalMillis: number;
  /** Ends the screen. */
  readonly signal: AbortSignal;
  readonly sample: () => Listing<Row> | Promise<Listing<Row>>;
}

/**
 * Shows a list until the user quits or the signal aborts, and restores the terminal. The first frame has the first
 * sample: an empty list is shown only where there is none.
 * @throws the error of `sample`
 */
export async function showList<Row>({
  content,
  intervalMillis,
  signal,
  sample,
}: LiveList<Row>): Promise<void> {
  const view = new ListView(content);
  const first = await sample();
  view.update(first.rows, first.about);
  return new Promise((resolve, reject) => {
    const screen = new FullScreen({
      frame: (columns, rows) => view.frame(columns, rows, coloursFor(process.stdout)),
      onKey: (key) => {
        if (view.onKey(key)) end();
        else screen.draw();
      },
    });
    let isSampling = false;
    const timer = everyMs(intervalMillis, () => void update());
    onAbort(signal, () => end());

    async function update(): Promise<void> {
      // A sampling that takes longer than the interval is not repeated meanwhile.
      if (isSampling) return;
      isSampling = true;
      try {
        const { rows, about } = await sample();
        view.update(rows, about);
        screen.draw();
      } catch (error) {
        end(error);
      }
      isSampling = false;
    }

    function end(error?: unknown): void {
      timer.stop();
      screen[Symbol.dispose]();
      if (error === undefined) resolve();
      else reject(error);
    }
  });
}
