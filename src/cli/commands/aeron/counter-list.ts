/** The list of `ringwire aeron stat --watch`: a line for each counter. */
import type { CounterDescription } from '../../../aeron/index.js';
import { perSecond } from '../../../channel/index.js';
import type { Colours } from '../../rendering/colours.js';
import { printable } from '../../rendering/printable.js';
import { count, shortCount } from '../../rendering/quantities.js';
import { sparkline } from '../../rendering/sparkline.js';
import type { Cell, Column } from '../../screen/fitted-columns.js';
import { LastMinute } from '../../screen/last-minute.js';
import type { Details, ListContent, Order } from '../../screen/list-content.js';

/** A counter, and the change of its value per second since the previous sample; null for the first. */
interface CounterRow {
  readonly counter: CounterDescription;
  readonly rate: number | null;
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', right: true, least: 4, drop: 0 },
  { title: 'VALUE', right: true, least: 12, drop: 0 },
  { title: 'PER SECOND', right: true, drop: 1 },
  { title: 'LABEL', drop: 0, cut: 18 },
];

const HELP = [
  'VALUE: the value of the counter. PER SECOND: its increase since the previous sample.',
  'The options --type, --stream, --session and --filter choose the counters.',
];

const ORDERS: readonly [Order<CounterRow>, ...Order<CounterRow>[]] = [
  { name: 'id', compare: (a, b) => a.counter.id - b.counter.id },
  { name: 'rate', compare: (a, b) => (b.rate ?? -1) - (a.rate ?? -1) },
  { name: 'value', compare: (a, b) => Number(b.counter.value - a.counter.value) },
  { name: 'label', compare: (a, b) => a.counter.label.localeCompare(b.counter.label) },
];

/** Computes the rates of counters from one sample to the next. */
export class CounterRates {
  #values = new Map<string, bigint>();
  #at: number | null = null;
  readonly #minute = new LastMinute();

  /** @param nowMillis milliseconds of a monotonic clock */
  rowsOf(counters: readonly CounterDescription[], nowMillis = performance.now()): CounterRow[] {
    const seconds = this.#at === null ? 0 : (nowMillis - this.#at) / 1000;
    const rows = counters.map((counter) => {
      const before = this.#values.get(keyOf(counter));
      const rate = before === undefined ? null : perSecond(Number(counter.value - before), seconds);
      return { counter, rate };
    });
    this.#values = new Map(counters.map((counter) => [keyOf(counter), counter.value]));
    this.#at = nowMillis;
    this.#minute.add(rows.map(({ counter, rate }) => [keyOf(counter), rate]));
    return rows;
  }

  /** Rates of the last minute, oldest first. */
  minuteOf(counter: CounterDescription): readonly number[] {
    return this.#minute.of(keyOf(counter));
  }
}

/** The list of counters. */
export function counterList(rates: CounterRates): ListContent<CounterRow> {
  return {
    title: 'ringwire aeron stat',
    nouns: ['counter', 'counters'],
    orders: ORDERS,
    key: ({ counter }) => keyOf(counter),
    text: ({ counter }) => `${counter.id} ${counter.label}`,
    columns: COLUMNS,
    lines: (row, colours) => [counterLine(row, colours)],
    details: (row, colours) => counterDetails(row, rates, colours),
    help: HELP,
  };
}

/** A driver may use the id of a freed counter again. */
function keyOf({ id, registrationId, typeId }: CounterDescription): string {
  return `${id} ${typeId} ${registrationId}`;
}

function counterLine({ counter, rate }: CounterRow, colours: Colours): Cell[] {
  return [
    { text: String(counter.id), paint: colours.bold },
    { text: count(counter.value) },
    { text: rate === null ? '-' : shortCount(rate), paint: rate ? colours.cyan : undefined },
    { text: printable(counter.label) },
  ];
}

function counterDetails({ counter, rate }: CounterRow, rates: CounterRates, colours: Colours): Details {
  const { id, typeId, label, value, registrationId, ownerId, referenceId } = counter;
  return {
    fields: [
      ['counter', { text: `${id}, type ${typeId}`, paint: colours.bold }],
      ['label', { text: printable(label) }],
      ['value', { text: count(value) }],
      ['per second', { text: rate === null ? 'unknown until the next sample' : shortCount(rate) }],
      ['last minute', { text: sparkline(rates.minuteOf(counter), 0), paint: colours.cyan }],
      ['registration', { text: String(registrationId) }],
      ['owner', { text: String(ownerId) }],
      ['reference', { text: String(referenceId) }],
    ],
  };
}
