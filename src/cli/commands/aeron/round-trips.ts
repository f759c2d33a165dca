/** `ringwire aeron ping | pong`: round trips over any media driver. */
import type { Command } from 'commander';
import {
  ControlledAction,
  OfferResult,
  type PublicationBase,
  type Subscription,
} from '../../../aeron/index.js';
import { RingwireError } from '../../../platform/index.js';
import { printJson, printText } from '../../print.js';
import { sizeBetween } from '../../quantities.js';
import { type StreamOptions, streamId, takesStream, wholeNumber } from './options.js';
import { type AeronSession, withSession } from './session.js';
import { pause, turn } from './turns.js';

const IPC = 'aeron:ipc';
const PING_STREAM = 1002;
const PONG_STREAM = 1003;
const FRAGMENTS = 64;
/** Consecutive polls or offers in one turn of the event loop. */
const SPINS = 1000;
const SHORTEST_MESSAGE = 8;
const LONGEST_MESSAGE = 1376;

interface PingOptions extends StreamOptions {
  readonly count: string;
  readonly length: number;
  readonly json?: boolean;
}

/** Adds the commands to their group. */
export function registerRoundTrips(group: Command): void {
  takesStream(group.command('pong').description('answer every ping'), IPC, String(PING_STREAM)).action(pong);
  takesStream(group.command('ping').description('measure round trips to a pong'), IPC, String(PING_STREAM))
    .option('-n, --count <rounds>', 'number of round trips', '10000')
    .option(
      '-l, --length <size>',
      `length of a message, ${SHORTEST_MESSAGE} to ${LONGEST_MESSAGE}`,
      sizeBetween(SHORTEST_MESSAGE, LONGEST_MESSAGE),
      64,
    )
    .option('--json', 'print JSON')
    .action(ping);
}

async function pong(options: StreamOptions): Promise<void> {
  const id = streamId(options);
  await withSession(options, async (session) => {
    const pings = await session.aeron.addSubscription(options.channel, id, session.request);
    const pongs = await session.aeron.addExclusivePublication(options.channel, PONG_STREAM, session.request);
    const answer = (buffer: Buffer, offset: number, length: number) => {
      const message = buffer.subarray(offset, offset + length);
      let result = pongs.offer(message);
      if (result === OfferResult.AdminAction) result = pongs.offer(message);
      // The ping comes again in the next poll, after a turn of the event loop.
      return result === OfferResult.BackPressured ? ControlledAction.Abort : ControlledAction.Continue;
    };
    while (session.isRunning) {
      for (let i = 0; i < SPINS; i++) pings.controlledPoll(answer, FRAGMENTS);
      await turn();
    }
  });
}

async function ping(options: PingOptions): Promise<void> {
  const id = streamId(options);
  const count = wholeNumber('count', options.count, 1, 1e8);
  const message = Buffer.alloc(options.length);
  await withSession(options, async (session) => {
    const pings = await session.aeron.addExclusivePublication(options.channel, id, session.request);
    const pongs = await session.aeron.addSubscription(options.channel, PONG_STREAM, session.request);
    while (!(pings.isConnected && pongs.isConnected) && session.isRunning) await pause();
    const nanos = new Float64Array(count);
    const trip = new RoundTrip(session, pings, pongs);
    let rounds = 0;
    while (rounds < count && session.isRunning) {
      message.writeDoubleLE(rounds, 0);
      const started = process.hrtime.bigint();
      if (!(await trip.run(message, rounds))) break;
      nanos[rounds++] = Number(process.hrtime.bigint() - started);
      if (rounds % SPINS === 0) await turn();
    }
    if (rounds > 0) report(nanos.subarray(0, rounds).sort(), options.json ?? false);
  });
}

class RoundTrip {
  readonly #session: AeronSession;
  readonly #pings: PublicationBase;
  readonly #pongs: Subscription;
  #answer = -1;
  readonly #read = (buffer: Buffer, offset: number) => {
    this.#answer = buffer.readDoubleLE(offset);
  };

  constructor(session: AeronSession, pings: PublicationBase, pongs: Subscription) {
    this.#session = session;
    this.#pings = pings;
    this.#pongs = pongs;
  }

  /**
   * Sends a ping and spins until its pong arrives, with a turn of the event loop at intervals.
   * @returns false when the session has ended
   * @throws RingwireError `TIMEOUT` when the pong has ended, `CORRUPT_CHANNEL` for the answer to another ping
   */
  async run(message: Buffer, round: number): Promise<boolean> {
    for (let spins = 1; this.#pings.offer(message) <= 0; spins++) {
      if (spins % SPINS === 0 && !(await this.#mayContinue())) return false;
    }
    for (let spins = 1; this.#pongs.poll(this.#read, 1) === 0; spins++) {
      if (spins % SPINS === 0 && !(await this.#mayContinue())) return false;
    }
    if (this.#answer === round) return true;
    throw new RingwireError('CORRUPT_CHANNEL', `ping ${round} was answered by pong ${this.#answer}`);
  }

  async #mayContinue(): Promise<boolean> {
    await turn();
    if (!this.#session.isRunning) return false;
    if (this.#pings.isConnected && this.#pongs.isConnected) return true;
    throw new RingwireError('TIMEOUT', 'the pong has ended: start `ringwire aeron pong` again');
  }
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
