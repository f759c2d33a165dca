/** The output formats of AeronStat, ErrorStat and LossStat, for scripts that parse them. */
import type { CncFile, CounterDescription, ErrorObservation, LossObservation } from '../../aeron/index.js';
import { printable } from './printable.js';

const RULE = '='.repeat(70);
const VALUE_WIDTH = 26;
const ID_WIDTH = 4;

/** `2026-11-21 01:45:59.744+0000` */
export function timestamp(millis: number): string {
  return `${new Date(millis).toISOString().replace('T', ' ').replace('Z', '')}+0000`;
}

/** One line for each counter: id, value, label. */
export function renderCounters(counters: Iterable<CounterDescription>): string {
  let text = '';
  for (const { id, value, label } of counters) {
    text += `${String(id).padStart(ID_WIDTH)}: ${value.toLocaleString('en-US').padStart(VALUE_WIDTH)} - ${printable(label)}\n`;
  }
  return text;
}

/** The output of AeronStat, for some counters of a driver. */
export function renderStat(file: CncFile, counters: Iterable<CounterDescription>, nowMillis: number): string {
  const age = nowMillis - Number(file.driverHeartbeat);
  const head = `${timestamp(nowMillis)} - Aeron Stat (CnC v${file.versionText}), pid ${file.header.pid}, heartbeat age ${age}ms`;
  return `${head}\n${RULE}\n${renderCounters(counters)}`;
}

/** The output of ErrorStat. */
export function renderErrors(errors: readonly ErrorObservation[]): string {
  const entries = errors.map(
    ({ count, firstMs, lastMs, text }) =>
      `***\n${count} observations from ${timestamp(Number(firstMs))} to ${timestamp(Number(lastMs))} for:\n ${text.split('\n').map(printable).join('\n')}\n`,
  );
  return `${entries.join('')}\n${errors.length} distinct errors observed.\n`;
}

/** The output of LossStat. */
export function renderLosses(losses: readonly LossObservation[]): string {
  const head =
    'OBSERVATION_COUNT, TOTAL_BYTES_LOST, FIRST_OBSERVATION,LAST_OBSERVATION, SESSION_ID, STREAM_ID, CHANNEL, SOURCE\n';
  const lines = losses.map((loss) =>
    [
      loss.count,
      loss.bytesLost,
      timestamp(Number(loss.firstMs)),
      timestamp(Number(loss.lastMs)),
      loss.sessionId,
      loss.streamId,
      printable(loss.channel),
      printable(loss.source),
    ].join(','),
  );
  return `${head}${lines.map((line) => `${line}\n`).join('')}${losses.length} entries read\n`;
}
