/** What the channels of one command share: the output, the chosen records and the number of records left. */
import type { Reader, RecordTest } from '../../../channel/index.js';
import { type ChannelName, channelLabel } from '../../channel-argument.js';
import { type Colours, coloursFor } from '../../rendering/colours.js';
import { forTerminal, printable, safeJson } from '../../rendering/printable.js';
import type { Transfer } from '../../rendering/transfer.js';
import { ByteOutput } from './byte-output.js';
import { type JsonRendering, jsonRendering } from './json-records.js';
import type { ReadingOptions } from './reading-options.js';
import { type ChannelMark, recordPrinter } from './record-format.js';
import { type Budget, RecordStream } from './record-stream.js';

/** Colors of the names of channels, in turn. */
const CHANNEL_COLOURS: readonly (keyof Colours)[] = ['cyan', 'yellow', 'green', 'magenta', 'blue'];

/** Prints the records of one channel, or of several with their names. */
export class RecordPrinting {
  /** Records that are printed; undefined for all. */
  readonly test: RecordTest | undefined;
  readonly #options: ReadingOptions;
  readonly #output: ByteOutput;
  readonly #rendering: JsonRendering | null;
  readonly #isMarked: boolean;
  readonly #budget: Budget;
  readonly #streams: RecordStream[] = [];

  private constructor(
    options: ReadingOptions,
    output: ByteOutput,
    rendering: JsonRendering | null,
    isMarked: boolean,
  ) {
    this.#options = options;
    this.#output = output;
    this.#rendering = rendering;
    this.#isMarked = isMarked;
    this.#budget = { left: options.limit ?? Number.POSITIVE_INFINITY };
    const { grep } = options;
    if (grep !== undefined)
      this.test = (buffer, offset, length) => grep.test(buffer.toString('utf8', offset, offset + length));
  }

  /**
   * Prepares the printing.
   * @param isMarked whether each record begins with the name of its channel
   * @param signal ends the wait for a reader of the output that does not read
   */
  static async prepare(
    options: ReadingOptions,
    isMarked: boolean,
    signal: AbortSignal,
  ): Promise<RecordPrinting> {
    const rendering = await jsonRendering(options, options.raw ?? false);
    return new RecordPrinting(options, new ByteOutput(signal), rendering, isMarked);
  }

  /** Whether the requested number of records has been printed. */
  get isDone(): boolean {
    return this.#budget.left <= 0;
  }

  /** What has been printed so far. */
  get total(): Transfer {
    let records = 0;
    let payload = 0;
    for (const stream of this.#streams) {
      records += stream.records;
      payload += stream.payload;
    }
    return { records, payload };
  }

  /** Prints the records of a reader. */
  streamOf(reader: Reader, channel: ChannelName): RecordStream {
    const { format, json } = this.#options;
    const printer = recordPrinter(json ? 'json' : format, this.#output, {
      forTerminal: isForTerminal(this.#options),
      rendering: this.#rendering,
      mark: this.#isMarked ? this.#nextMark(channel) : null,
    });
    const stream = new RecordStream(reader, this.#output, printer, {
      budget: this.#budget,
      test: this.test,
    });
    this.#streams.push(stream);
    return stream;
  }

  #nextMark(channel: ChannelName): ChannelMark {
    const label = channelLabel(channel);
    const colour = CHANNEL_COLOURS[this.#streams.length % CHANNEL_COLOURS.length] as keyof Colours;
    const { id, name } = channel;
    const fields = safeJson(JSON.stringify({ channel: String(id), ...(name === undefined ? {} : { name }) }));
    return {
      fields: `${fields.slice(0, -1)},`,
      prefix: forTerminal(`${coloursFor(process.stdout)[colour](printable(label))} | `),
    };
  }
}

/** Whether lines lose their control characters. */
function isForTerminal({ raw }: ReadingOptions): boolean {
  return process.stdout.isTTY === true && !raw;
}
