/** The output of `ringwire bench`. */
import type { BenchOutcome } from '../commands/bench/bench-run.js';
import { coloursFor } from './colours.js';
import { bytes, count, duration, rate } from './quantities.js';
import { renderColumns, renderFields } from './table.js';

/** The title, a table of throughput, and the round trip. */
export function benchTable(outcome: BenchOutcome): string {
  const colours = coloursFor(process.stdout);
  const { roundTrip, recordLength, node, cpus } = outcome;
  const rows = outcome.oneWay.map(({ name, records, recordsPerSecond, bytesPerSecond }) => [
    name,
    count(records),
    rate(recordsPerSecond, 'records'),
    `${bytes(bytesPerSecond)}/s`,
  ]);
  const title = `records of ${recordLength} bytes between two processes, all verified; Node ${node}, ${cpus} cores`;
  const micros = (value: number) => duration(value / 1000);
  const latency = `p50 ${micros(roundTrip.p50)}, p99 ${micros(roundTrip.p99)}, longest ${micros(roundTrip.max)}`;
  return [
    colours.bold(title),
    '',
    renderColumns(['way of writing', 'records', 'rate', 'payload'], rows, [1, 2, 3]),
    '',
    renderFields([['round trip', `${latency}, ${count(roundTrip.rounds)} rounds`]], colours),
    '',
  ].join('\n');
}
