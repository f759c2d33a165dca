/** `ringwire relay`: a channel into a stream of NATS JetStream or Redis, or a stream into a channel. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { RingwireError } from '../../../platform/index.js';
import { channelAddress, channelArgument, takesRoot } from '../../channel-argument.js';
import { Interruption } from '../../interruption.js';
import { listenAddressOption } from '../../listen-address.js';
import { printJson, printNote } from '../../print.js';
import { Progress } from '../../progress.js';
import { durationOption, sizeOption, wholeNumberOption } from '../../quantities.js';
import { fromNats, toNats } from './nats-relay.js';
import { fromRedis, toRedis } from './redis-relay.js';
import { relayMetrics } from './relay-metrics.js';
import type { RelayOptions, ShowStatus } from './relay-options.js';
import { natsTarget, redisTarget } from './relay-target.js';

const MEBIBYTE = 2 ** 20;
const MOST_REPLICAS = 5;

export function registerRelay(program: Command): void {
  takesRoot(
    program
      .command('relay')
      .description('copy a channel to a server of NATS or Redis, or from one: each record exactly once')
      .argument('<from>', 'a channel, nats://host:port/STREAM[/subject], or redis://host:port/STREAM')
      .argument('<to>', 'nats://host:port/STREAM/subject, redis://host:port/STREAM, or a channel'),
  )
    .option('--core', 'core NATS without a stream: nats://host:port/subject, nothing is stored or repeated')
    .option('--create', 'create the stream when it does not exist')
    .addOption(
      new Option('--replicas <n>', 'servers that keep a copy of a created stream (default: 1)').argParser(
        wholeNumberOption(1, MOST_REPLICAS),
      ),
    )
    .addOption(
      new Option('--max-records <n>', 'of a Redis stream: keep about so many (default: all)').argParser(
        wholeNumberOption(1, Number.MAX_SAFE_INTEGER),
      ),
    )
    .option(
      '--subject <subject>',
      'of the records, instead of one in the address; {field} is a field of each record',
    )
    .option('--struct <module>', 'JavaScript module with the struct of the records (default: they are JSON)')
    .option('--creds <file>', 'credentials of a user (default: the file in NATS_CREDS)')
    .option('--nkey <file>', 'seed of an nkey (default: the file in NATS_NKEY)')
    .option('--token-file <file>', 'token (default: the token in NATS_TOKEN)')
    .option(
      '--user <name>',
      'user; the password is in --password-file, NATS_PASSWORD or REDIS_PASSWORD (default: NATS_USER or REDIS_USER)',
    )
    .option('--password-file <file>', 'password of the user')
    .option('--tls-ca <file>', 'encrypt, and trust the authorities in this PEM file')
    .option('--tls-cert <file>', 'certificate of this client')
    .option('--tls-key <file>', 'private key of this client')
    .option(
      '--start <where>',
      'of a new destination: all, new, a sequence number, or a time like 2026-01-31T12:00Z (default: all)',
    )
    .option('--until-caught-up', 'end when no message waits in the stream')
    .option('--durable', 'acknowledge only records that are on disk')
    .addOption(
      new Option('--kind <kind>', 'of a new destination')
        .choices(['log', 'ring', 'journal'])
        .default('journal'),
    )
    .addOption(
      new Option('--capacity <size>', 'of a new destination: of a journal, for each segment')
        .argParser(sizeOption)
        .default(32 * MEBIBYTE, '32M'),
    )
    .option('-m, --max-message-length <size>', 'of a new destination: longest record', sizeOption)
    .addOption(
      new Option(
        '--timeout <duration>',
        'of a new destination: silence after which readers call the writer late',
      )
        .argParser(durationOption)
        .default('never', 'never'),
    )
    .option('--metrics <ip:port>', 'serve the progress as metrics for Prometheus', listenAddressOption)
    .option('--json', 'print what was carried, as JSON')
    .addHelpText('after', HELP)
    .action(relay);
}

const HELP = `
Several servers of a cluster: nats://a:4222,b:4222,c:4222/STREAM/subject.
The subject 'quotes.{symbol}' has a field of each record in it.
Use tls:// or rediss:// for encryption. The relay of a channel ends when the
channel is closed and all of it is acknowledged. Start a stopped relay again,
and it continues where it ended. Secrets come from files or the environment,
never from the command line.
Needs @nats-io/transport-node and @nats-io/jetstream, or ioredis.`;

async function relay(from: string, to: string, options: RelayOptions): Promise<void> {
  using interruption = new Interruption();
  const { signal } = interruption;
  const core = options.core === true;
  const nats = { from: natsTarget(from, core, options.subject), to: natsTarget(to, core, options.subject) };
  const redis = { from: redisTarget(from), to: redisTarget(to) };
  const isOutgoing = (nats.to ?? redis.to) !== null;
  if (isOutgoing === ((nats.from ?? redis.from) !== null)) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      'one of <from> and <to> must be a channel, the other nats://… or redis://…',
    );
  }
  const channel = channelAddress(channelArgument(isOutgoing ? from : to), options);
  let line = 'connecting';
  let fault: string | null = null;
  using _progress = new Progress(() => line);
  const metrics = await relayMetrics(isOutgoing ? from : to, options.metrics);
  /** The status line, and each new fault as a line of its own. */
  const show: ShowStatus = (text, progress) => {
    metrics.report(progress);
    const now = progress.fault ?? null;
    line = now === null ? text : `${text}; waiting: ${now}`;
    if (now !== null && now !== fault) printNote(`${now}; trying again`);
    fault = now;
  };
  try {
    let carried: object | undefined;
    if (nats.to !== null) carried = await toNats(channel, nats.to, options, signal, show);
    if (nats.from !== null) carried = await fromNats(nats.from, channel, options, signal, show);
    if (redis.to !== null) carried = await toRedis(channel, redis.to, options, signal, show);
    if (redis.from !== null) carried = await fromRedis(redis.from, channel, options, signal, show);
    if (options.json) printJson(carried);
  } finally {
    await metrics.close();
  }
  process.exitCode = interruption.exitCode;
}
