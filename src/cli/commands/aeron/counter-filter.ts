/** The options that choose counters and streams of a driver. */
import { type Command, InvalidArgumentError } from 'commander';
import {
  type CounterDescription,
  type CountersReader,
  readStreamPositions,
  type StreamPosition,
} from '../../../aeron/index.js';
import { wholeNumberOption } from '../../quantities.js';

const I32_MIN = -(2 ** 31);
const I32_MAX = 2 ** 31 - 1;

/** Options for streams; without one all streams pass. */
export interface StreamFilter {
  /** Stream id. */
  readonly stream?: number;
  /** Session id. */
  readonly session?: number;
  /** Matches the channel of a stream, or the label of a counter. */
  readonly filter?: RegExp;
}

/** Options for counters; without one all counters pass. */
export interface CounterFilter extends StreamFilter {
  /** Type of the counter. */
  readonly type?: number;
}

/** Adds the options for streams. @param filtered what the expression matches */
export function takesStreamFilter(command: Command, filtered: string): Command {
  return command
    .option('--stream <id>', 'only this stream', i32Option)
    .option('--session <id>', 'only this session', i32Option)
    .option('--filter <regexp>', `only a ${filtered} that matches, such as orders|prices`, regexpOption);
}

/** Adds the options for counters. */
export function takesCounterFilter(command: Command): Command {
  return takesStreamFilter(
    command.option(
      '--type <id>',
      'only counters of this type, such as 12 for positions of publishers',
      wholeNumberOption(0, I32_MAX),
    ),
    'label',
  );
}

/** The counters that pass. A counter without a stream does not pass `stream` and `session`. */
export function filteredCounters(counters: CountersReader, filter: CounterFilter): CounterDescription[] {
  const { type, stream, session, filter: label } = filter;
  const ids =
    stream === undefined && session === undefined
      ? null
      : new Set(streamsIn(counters, { ...filter, filter: /(?:)/ }).map(({ counterId }) => counterId));
  return [...counters].filter(
    (counter) =>
      (type === undefined || counter.typeId === type) &&
      (ids === null || ids.has(counter.id)) &&
      (label === undefined || label.test(counter.label)),
  );
}

/** The stream positions that pass. */
export function streamsIn(counters: CountersReader, filter: StreamFilter): StreamPosition[] {
  return readStreamPositions(counters).filter((position) => passes(position, filter));
}

/** Whether a stream passes. */
export function passes(
  { streamId, sessionId, channel }: Pick<StreamPosition, 'streamId' | 'sessionId' | 'channel'>,
  { stream, session, filter }: StreamFilter,
): boolean {
  return (
    (stream === undefined || streamId === stream) &&
    (session === undefined || sessionId === session) &&
    (filter === undefined || filter.test(channel))
  );
}

/** A signed number of 32 bits, as the driver assigns session ids. */
function i32Option(text: string): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && value >= I32_MIN && value <= I32_MAX) return value;
  throw new InvalidArgumentError(`It must be a whole number from ${I32_MIN} to ${I32_MAX}.`);
}

function regexpOption(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError(`It must be a regular expression: ${(error as Error).message}.`);
  }
}
