/** `ringwire aeron pub | sub`: sends and receives lines over any media driver. */
import readline from 'node:readline';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import { FragmentAssembler, OfferResult, type PublicationBase } from '../../../aeron/index.js';
import { RingwireError } from '../../../platform/index.js';
import { printData } from '../../print.js';
import { type StreamOptions, streamId, takesStream, wholeNumber } from './options.js';
import { registerRoundTrips } from './round-trips.js';
import { type AeronSession, withSession } from './session.js';
import { pause, turn } from './turns.js';

const IPC = 'aeron:ipc';
const DEFAULT_STREAM = '1001';
const FRAGMENTS = 64;
/** Attempts in successive turns of the event loop, before the publisher sleeps a millisecond after each. */
const EAGER_ATTEMPTS = 100;

/** Adds the commands to their group. */
export function registerTraffic(group: Command): void {
  takesStream(
    group.command('pub').description('publish the lines of standard input'),
    IPC,
    DEFAULT_STREAM,
  ).action(publish);
  takesStream(group.command('sub').description('print messages as lines'), IPC, DEFAULT_STREAM)
    .option('-n, --count <messages>', 'stop after this many messages (default: no limit)')
    .action(subscribe);
  registerRoundTrips(group);
}

async function publish(options: StreamOptions): Promise<void> {
  const id = streamId(options);
  await withSession(options, async (session) => {
    const publication = await session.aeron.addPublication(options.channel, id, session.request);
    for await (const line of linesUntilEnd(session, process.stdin)) {
      await offer(session, publication, Buffer.from(line));
      if (!session.isRunning) break;
    }
  });
}

/** The lines of an input until the session ends, which it may have done already. */
export function linesUntilEnd(session: Pick<AeronSession, 'onEnd'>, input: Readable): AsyncIterable<string> {
  const lines = readline.createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  // Created before the interface is closed: iterating over a closed one never ends.
  const each = lines[Symbol.asyncIterator]();
  session.onEnd(() => lines.close());
  return { [Symbol.asyncIterator]: () => each };
}

async function subscribe(options: StreamOptions & { readonly count?: string }): Promise<void> {
  const id = streamId(options);
  const limit =
    options.count === undefined ? Number.POSITIVE_INFINITY : wholeNumber('count', options.count, 1, 2 ** 48);
  await withSession(options, async (session) => {
    const subscription = await session.aeron.addSubscription(options.channel, id, session.request);
    let count = 0;
    const assembler = new FragmentAssembler((buffer, offset, length) => {
      if (count++ < limit) printData(`${buffer.toString('utf8', offset, offset + length)}\n`);
    });
    let polls = 0;
    while (count < limit && session.isRunning) {
      if (subscription.poll(assembler.handler, FRAGMENTS) === 0) await pause();
      // A publisher that never pauses must not block signals.
      else if (++polls % FRAGMENTS === 0) await turn();
    }
    if (count >= limit) return;
    session.check();
  });
}

/** Offers until the message is accepted or the session ends. @throws RingwireError `CLOSED`, `CHANNEL_FULL` */
async function offer(session: AeronSession, publication: PublicationBase, message: Buffer): Promise<void> {
  for (let attempt = 0; session.isRunning; attempt++) {
    const result = publication.offer(message);
    if (result > 0) return;
    if (result === OfferResult.Closed) throw new RingwireError('CLOSED', 'the publication was closed');
    if (result === OfferResult.MaxPositionExceeded) {
      throw new RingwireError('CHANNEL_FULL', 'the stream has reached its last position: use a new stream');
    }
    if (attempt < EAGER_ATTEMPTS) await turn();
    else await pause();
  }
}
