/** A list on a full screen: its order, filter, selection, details and help, without the terminal. */
import type { Colours } from '../rendering/colours.js';
import { printable } from '../rendering/printable.js';
import { count } from '../rendering/quantities.js';
import { fitColumns } from './fitted-columns.js';
import { isCharacter, stepOf } from './keys.js';
import type { ListContent } from './list-content.js';
import { detailsText, helpText } from './list-pages.js';
import { cutTo, widthOf } from './text-width.js';

/** Title, headline of the table and footer. */
const FIXED_LINES = 3;
const MARK = '> ';

type Page = 'list' | 'filter' | 'details' | 'help';

/** The state of the screen. */
export class ListView<Row> {
  readonly #content: ListContent<Row>;
  #rows: readonly Row[] = [];
  #about = '';
  #page: Page = 'list';
  #order = 0;
  #filter = '';
  /** Key of the selected item, and its index, which selects another one when the item disappears. */
  #selected: string | null = null;
  #index = 0;
  /** First shown line of the list, and of the page above it. */
  #top = 0;
  #scrolled = 0;
  #height = 1;
  /** Lines below the last shown one. */
  #below = 0;

  constructor(content: ListContent<Row>) {
    this.#content = content;
  }

  /** Replaces the items. @param about the end of the title, such as a folder */
  update(rows: readonly Row[], about: string): void {
    this.#rows = rows;
    this.#about = printable(about);
    this.#select(this.#shown());
  }

  /** Handles a key. @returns whether the user quits */
  onKey(key: string): boolean {
    if (this.#page === 'filter') {
      this.#type(key);
      return false;
    }
    if (key === 'q' || key === 'Q') return true;
    if (this.#page === 'list') this.#onListKey(key);
    else if (key === 'escape' || key === 'backspace' || (this.#page === 'help' && key === '?'))
      this.#show('list');
    else if (key === '?') this.#show('help');
    else this.#scrolled += stepOf(key, this.#height) ?? 0;
    return false;
  }

  /** The lines of a terminal of this size. */
  frame(width: number, height: number, colours: Colours): string[] {
    this.#height = Math.max(1, height - FIXED_LINES);
    const shown = this.#shown();
    this.#select(shown);
    const body = this.#body(shown, width, colours);
    const blank = Array<string>(Math.max(0, height - 2 - body.length)).fill('');
    return [colours.bold(this.#title(width)), ...body, ...blank, colours.dim(cutTo(this.#footer(), width))];
  }

  #body(shown: readonly Row[], width: number, colours: Colours): string[] {
    const content = this.#content;
    const row = shown[this.#index];
    if (this.#page === 'help') return this.#scroll(helpText(content.help, width));
    if (this.#page === 'details') {
      const gone = [cutTo('it is gone; Esc returns to the list', width)];
      return this.#scroll(
        row === undefined ? gone : detailsText(content.details(row, colours), width, colours),
      );
    }
    this.#below = 0;
    if (row === undefined) {
      const [one, several] = content.nouns;
      return [cutTo(this.#rows.length === 0 ? `no ${several}` : `no ${one} matches the filter`, width)];
    }
    const items = shown.map((each) => content.lines(each, colours));
    const table = { columns: content.columns, lines: items.flat() };
    const [head = '', ...lines] = fitColumns(table, width - MARK.length, colours);
    const first = items.slice(0, this.#index).reduce((sum, item) => sum + item.length, 0);
    const last = first + (items[this.#index]?.length ?? 1) - 1;
    this.#top = Math.max(last - this.#height + 1, Math.min(this.#top, first));
    this.#top = Math.max(0, Math.min(this.#top, first, lines.length - this.#height));
    const seen = lines.slice(this.#top, this.#top + this.#height);
    this.#below = lines.length - this.#top - seen.length;
    const marked = seen.map((line, i) => (i + this.#top === first ? colours.cyan(MARK) : '  ') + line);
    return width < MARK.length ? [] : [`  ${head}`, ...marked];
  }

  /** A part of a page that may be longer than the screen. */
  #scroll(lines: readonly string[]): string[] {
    this.#scrolled = Math.max(0, Math.min(this.#scrolled, lines.length - this.#height - 1));
    const seen = lines.slice(this.#scrolled, this.#scrolled + this.#height + 1);
    this.#below = lines.length - this.#scrolled - seen.length;
    return seen;
  }

  #title(width: number): string {
    const { title, nouns, orders } = this.#content;
    const time = new Date().toTimeString().slice(0, 8);
    const order = `sort: ${orders[this.#order]?.name}`;
    const filter = this.#filter === '' ? '' : `  filter: ${this.#filter}`;
    const text = `${title}  ${order}${filter}  ${count(this.#rows.length)} ${nouns[this.#rows.length === 1 ? 0 : 1]}  ${this.#about}`;
    const left = cutTo(text, Math.max(0, width - time.length - 1));
    return cutTo(`${left}${' '.repeat(Math.max(1, width - time.length - widthOf(left)))}${time}`, width);
  }

  #footer(): string {
    const more = this.#below === 0 ? '' : `${count(this.#below)} more below  `;
    switch (this.#page) {
      case 'filter':
        return `/${this.#filter}_   Enter keeps the filter, Esc clears it`;
      case 'details':
        return `${more}Esc back  arrows scroll  ? help  q quit`;
      case 'help':
        return `${more}Esc back  arrows scroll  q quit`;
      case 'list':
        return `${more}s sort  / filter  Enter details  ? help  q quit`;
    }
  }

  #onListKey(key: string): void {
    const step = stepOf(key, this.#height);
    if (step !== null) {
      this.#index = Math.max(0, this.#index + step);
      this.#selected = null;
      this.#select(this.#shown());
    } else if (key === 's') this.#order = (this.#order + 1) % this.#content.orders.length;
    else if (key === '/') this.#show('filter');
    else if (key === 'enter') this.#show('details');
    else if (key === '?') this.#show('help');
    else if (key === 'escape') this.#filter = '';
  }

  #type(key: string): void {
    if (key === 'escape') this.#filter = '';
    if (key === 'escape' || key === 'enter') this.#show('list');
    else if (key === 'backspace') this.#filter = [...this.#filter].slice(0, -1).join('');
    else if (isCharacter(key)) this.#filter += key;
  }

  #show(page: Page): void {
    this.#page = page;
    this.#scrolled = 0;
  }

  /** The items that pass the filter, in order. */
  #shown(): Row[] {
    const { text, orders } = this.#content;
    const wanted = this.#filter.toLowerCase();
    const shown = this.#rows.filter((row) => text(row).toLowerCase().includes(wanted));
    const order = orders[this.#order];
    return order === undefined ? shown : shown.sort(order.compare);
  }

  /** Keeps the selected item while the list changes around it. */
  #select(shown: readonly Row[]): void {
    const { key } = this.#content;
    const found = this.#selected === null ? -1 : shown.findIndex((row) => key(row) === this.#selected);
    if (found >= 0) this.#index = found;
    // The details stay with their item.
    else if (this.#selected !== null && this.#page === 'details') {
      this.#index = shown.length;
      return;
    }
    this.#index = Math.max(0, Math.min(this.#index, shown.length - 1));
    const row = shown[this.#index];
    this.#selected = row === undefined ? null : key(row);
  }
}
