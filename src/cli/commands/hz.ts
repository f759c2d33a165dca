/** `ringwire hz`: the rate, sizes and gaps of records. */
import type { Command } from 'commander';
import { type Loss, perSecond, type Reader } from '../../channel/index.js';
import {
  type ChannelArgument,
  channelAddress,
  channelFields,
  channelLabel,
  type RootOptions,
  resolveChannel,
  takesChannel,
} from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { printJson, printText } from '../print.js';
import { nanosToMillis } from '../quantities.js';
import { RateMeter, type Rates } from '../rates/rate-meter.js';
import { rateHeadline, rateLine, renderRateSummary } from '../rendering/rates.js';
import { follow, takesGiveUp } from '../transfer/following.js';
import { type LimitOptions, takesLimits } from '../transfer/limits.js';
import { beginAt, type OpeningOptions, openWaiting, takesWaiting } from '../transfer/opening.js';

interface HzOptions extends RootOptions, OpeningOptions, LimitOptions {
  readonly json?: boolean;
}

/** Lines between two headlines. */
const HEADLINE_EVERY = 20;
const LINE_MILLIS = 1000;
/** Records of one poll, and milliseconds of polling in one turn of the event loop. */
const LOOK = 4096;
const TURN_MILLIS = 5;

/** Adds the command to the program. */
export function registerHz(program: Command): void {
  const command = program
    .command('hz')
    .description('measure the rate, sizes and gaps of the records of a channel');
  takesLimits(takesGiveUp(takesWaiting(takesChannel(command))))
    .option('--json', 'print only the summary, as JSON')
    .addHelpText('after', HELP)
    .action(hz);
}

const HELP = `
Counts new records as an observer, which does not block the writer: a line per
second on a terminal, a summary at the end. Gaps are measured at the reader;
records of one poll share the time since the previous poll. Lost records were
overwritten in a ring before they could be read.`;

async function hz(argument: ChannelArgument, options: HzOptions): Promise<void> {
  using interruption = new Interruption();
  interruption.endWithOutput();
  const { signal } = interruption;
  const address = channelAddress(argument, options);
  const meter = new RateMeter();
  const onLoss = ({ records }: Loss) => meter.lose(records);
  let failure: unknown;
  try {
    using reader = await openWaiting(address, options, { name: 'ringwire hz', onLoss }, signal);
    await beginAt(reader, 'now', signal);
    meter.begin(performance.now());
    using _lines = options.json || !process.stdout.isTTY ? null : new RateLines(meter);
    await follow(reader, {
      pump: () => look(reader, meter, options.limit),
      giveUp: options.giveUp,
      signal,
      isDone: () => meter.records >= (options.limit ?? Number.POSITIVE_INFINITY),
      forMillis: nanosToMillis(options.duration),
    });
  } catch (error) {
    failure = error;
  }
  const rates = meter.total(performance.now());
  if (rates !== null) {
    const channel = resolveChannel(address);
    if (options.json) printJson({ ...channelFields(channel), ...asJson(rates) });
    else printText(renderRateSummary(channelLabel(channel), rates));
  }
  if (failure !== undefined && !signal.aborted) throw failure;
  process.exitCode = interruption.exitCode;
}

/** Polls while records arrive, for at most {@link TURN_MILLIS}. */
function look(reader: Reader, meter: RateMeter, atMost = Number.POSITIVE_INFINITY): number {
  const take = (_: Buffer, _offset: number, length: number) => meter.record(length);
  const until = performance.now() + TURN_MILLIS;
  let all = 0;
  for (;;) {
    const found = reader.poll(take, Math.min(LOOK, atMost - meter.records));
    const now = performance.now();
    if (found === 0) return all;
    meter.found(found, now);
    all += found;
    if (now >= until || meter.records >= atMost) return all;
  }
}

/** Prints a line per second, with a headline at intervals. */
class RateLines implements Disposable {
  readonly #timer: NodeJS.Timeout;
  #lines = 0;

  constructor(meter: RateMeter) {
    this.#timer = setInterval(() => {
      const rates = meter.lap(performance.now());
      if (rates === null) return;
      if (this.#lines++ % HEADLINE_EVERY === 0) printText(rateHeadline());
      printText(rateLine(rates));
    }, LINE_MILLIS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** Rates per second, sizes in bytes, gaps in microseconds. */
function asJson({ seconds, records, bytes, lost, sizes, gaps }: Rates): object {
  const { min, p50, p99, max } = gaps;
  return {
    seconds,
    records,
    bytes,
    lost,
    recordsPerSecond: perSecond(records, seconds),
    bytesPerSecond: perSecond(bytes, seconds),
    size: records === 0 ? null : sizes,
    gapMicros: records === 0 ? null : { min: min / 1000, p50: p50 / 1000, p99: p99 / 1000, max: max / 1000 },
  };
}
