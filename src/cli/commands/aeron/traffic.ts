/** `ringwire aeron pub | sub | ping | pong`: lines and round trips over any media driver. */
import readline from 'node:readline';
import type { Command } from 'commander';
import {
  Aeron,
  FragmentAssembler,
  OfferResult,
  type PublicationBase,
  type Subscription,
} from '../../../aeron/index.js';
import { RingwireError } from '../../../platform/index.js';
import { Interruption } from '../../interruption.js';
import { printData, printJson, printText } from '../../print.js';
import { type StreamOptions, streamId, takesStream, wholeNumber } from './options.js';

const IPC = 'aeron:ipc';
const DEFAULT_STREAM = '1001';
const PING_STREAM = 1002;
const PONG_STREAM = 1003;
const FRAGMENTS = 64;

interface PingOptions extends StreamOptions {
  readonly count: string;
  readonly length: string;
  readonly json?: boolean;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

export function registerTraffic(group: Command): void {
  takesStream(
    group.command('pub').description('publish the lines of standard input'),
    IPC,
    DEFAULT_STREAM,
  ).action(publish);
  takesStream(group.command('sub').description('print messages as lines'), IPC, DEFAULT_STREAM)
    .option('-n, --count <messages>', 'end after so many')
    .action(subscribe);
  takesStream(group.command('pong').description('answer every ping'), IPC, String(PING_STREAM)).action(pong);
  takesStream(group.command('ping').description('measure round trips to a pong'), IPC, String(PING_STREAM))
    .option('-n, --count <rounds>', 'round trips', '10000')
    .option('-l, --length <bytes>', 'bytes of a message, from 8', '64')
    .option('--json', 'print JSON')
    .action(ping);
}

async function publish(options: StreamOptions): Promise<void> {
  using interruption = new Interruption();
  using aeron = await Aeron.connect({ directory: options.directory, signal: interruption.signal });
  const publication = await aeron.addPublication(options.channel, streamId(options));
  const lines = readline.createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    await offer(publication, Buffer.from(line), interruption.signal);
    if (interruption.signal.aborted) break;
  }
  process.exitCode = interruption.exitCode;
}

async function subscribe(options: StreamOptions & { readonly count?: string }): Promise<void> {
  using interruption = new Interruption();
  interruption.endWithOutput();
  const limit =
    options.count === undefined ? Number.POSITIVE_INFINITY : wholeNumber('count', options.count, 1, 2 ** 48);
  using aeron = await Aeron.connect({ directory: options.directory, signal: interruption.signal });
  const subscription = await aeron.addSubscription(options.channel, streamId(options));
  let count = 0;
  const assembler = new FragmentAssembler((buffer, offset, length) => {
    if (count++ < limit) printData(`${buffer.toString('utf8', offset, offset + length)}\n`);
  });
  while (count < limit && !interruption.signal.aborted && !aeron.isClosed) {
    if (subscription.poll(assembler.handler, FRAGMENTS) === 0) await pause();
  }
  process.exitCode = interruption.exitCode;
}

async function pong(options: StreamOptions): Promise<void> {
  using interruption = new Interruption();
  using aeron = await Aeron.connect({ directory: options.directory, signal: interruption.signal });
  const pings = await aeron.addSubscription(options.channel, streamId(options));
  const pongs = await aeron.addExclusivePublication(options.channel, PONG_STREAM);
  const answer = (buffer: Buffer, offset: number, length: number) => {
    const message = buffer.subarray(offset, offset + length);
    while (!interruption.signal.aborted) {
      const result = pongs.offer(message);
      if (result > 0 || result === OfferResult.NotConnected || result === OfferResult.Closed) return;
    }
  };
  while (!interruption.signal.aborted && !aeron.isClosed) {
    for (let i = 0; i < 1000; i++) pings.poll(answer, FRAGMENTS);
    await turn();
  }
  process.exitCode = interruption.exitCode;
}

async function ping(options: PingOptions): Promise<void> {
  using interruption = new Interruption();
  const count = wholeNumber('count', options.count, 1, 1e8);
  const message = Buffer.alloc(wholeNumber('length', options.length, 8, 1376));
  using aeron = await Aeron.connect({ directory: options.directory, signal: interruption.signal });
  const pings = await aeron.addExclusivePublication(options.channel, streamId(options));
  const pongs = await aeron.addSubscription(options.channel, PONG_STREAM);
  while (!(pings.isConnected && pongs.isConnected) && !interruption.signal.aborted) await pause();
  const nanos = new Float64Array(count);
  let rounds = 0;
  for (; rounds < count && !interruption.signal.aborted; rounds++) {
    message.writeDoubleLE(rounds, 0);
    const started = process.hrtime.bigint();
    await offer(pings, message, interruption.signal);
    roundTrip(pongs, rounds);
    nanos[rounds] = Number(process.hrtime.bigint() - started);
    if (rounds % 1000 === 0) await turn();
  }
  report(nanos.subarray(0, rounds).sort(), options.json ?? false);
  process.exitCode = interruption.exitCode;
}

/** Spins until the answer is there. @throws RingwireError `CORRUPT_CHANNEL` when it is not the one expected */
function roundTrip(pongs: Subscription, round: number): void {
  let answer = -1;
  const read = (buffer: Buffer, offset: number) => {
    answer = buffer.readDoubleLE(offset);
  };
  while (pongs.poll(read, 1) === 0) if (!pongs.isConnected) break;
  if (answer === round) return;
  throw new RingwireError('CORRUPT_CHANNEL', `ping ${round} was answered by ${answer}`);
}

function report(sorted: Float64Array, json: boolean): void {
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  const result = { rounds: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) };
  const micros = (nanos: number) => `${(nanos / 1000).toFixed(2)} µs`;
  if (json) printJson(result);
  else {
    printText(
      `${result.rounds} round trips: p50 ${micros(result.p50)}, p90 ${micros(result.p90)}, p99 ${micros(result.p99)}, p99.9 ${micros(result.p999)}\n`,
    );
  }
}

/** Offers until the message is taken. @throws RingwireError `CLOSED` */
async function offer(publication: PublicationBase, message: Buffer, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const result = publication.offer(message);
    if (result > 0) return;
    if (result === OfferResult.Closed || result === OfferResult.MaxPositionExceeded) {
      throw new RingwireError('CLOSED', 'the publication has ended: is the media driver still running?');
    }
    if (result !== OfferResult.AdminAction) await pause();
  }
}
