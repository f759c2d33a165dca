/** The output of `ringwire demo`. */
import type { DemoProgress } from '../commands/demo/demo-messages.js';
import type { DemoOutcome } from '../commands/demo/demo-run.js';
import { coloursFor } from './colours.js';
import { bytes, count, duration, rate, size } from './quantities.js';
import { renderFields } from './table.js';

/** The live line: progress and rate. */
export function demoProgressLine(progress: DemoProgress, records: number, millis: number): string {
  const perSecond = millis > 0 ? (progress.records * 1000) / millis : 0;
  return `${count(progress.records)} of ${count(records)} records verified, ${rate(perSecond, 'records')}`;
}

/** The result as fields. */
export function demoSummary(outcome: DemoOutcome): string {
  const colours = coloursFor(process.stdout);
  const { writer, reader, records, faults } = outcome;
  const fields: [string, string][] = [
    ['channel', `${outcome.channel}, ${size(outcome.capacity)}`],
    ['processes', `writer ${outcome.writerPid}, reader ${outcome.readerPid}`],
  ];
  if (reader !== undefined) {
    const seconds = reader.millis / 1000;
    const verified = `${count(reader.verified)} of ${count(records)} verified: sequence, length and every byte`;
    fields.push(
      ['records', verified],
      ['payload', `${bytes(reader.bytes)}, 16 to 4096 bytes a record`],
      ['time', duration(reader.millis)],
    );
    if (seconds > 0)
      fields.push([
        'rate',
        `${rate(reader.verified / seconds, 'records')}, ${bytes(reader.bytes / seconds)}/s`,
      ]);
    fields.push(['heartbeats', `${count(reader.heartbeats)} of ${count(outcome.heartbeats)} seen`]);
  }
  if (writer !== undefined)
    fields.push([
      'flush',
      `${duration(writer.flushMillis)} half-way, ${duration(writer.closeMillis)} at the end`,
    ]);
  const good = faults.length === 0;
  fields.push(['result', good ? colours.green('all records verified') : colours.red('FAILED')]);
  for (const fault of faults) fields.push(['', colours.red(fault)]);
  const title = 'ringwire demo: two processes, one memory-mapped file';
  return `${colours.bold(title)}\n\n${renderFields(fields, colours)}\n`;
}
