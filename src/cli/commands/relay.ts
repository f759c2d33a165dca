/** `ringwire relay`: a channel into a stream of NATS JetStream, or a stream into a channel. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { TickUnit } from '../../channel/index.js';
import type { RelayProgress } from '../../metrics/index.js';
import { RingwireError } from '../../platform/index.js';
import {
  type DestinationOptions,
  type NatsServers,
  publishToNats,
  relayFromJetStream,
  relayToJetStream,
  type StreamStart,
  subscribeToNats,
} from '../../relay/index.js';
import type { Struct } from '../../structs/index.js';
import { channelArgument, channelNamed, type RootOptions, takesRoot } from '../channel-argument.js';
import { Interruption } from '../interruption.js';
import { printJson, printNote } from '../print.js';
import { Progress } from '../progress.js';
import { type Duration, durationOption, sizeOption } from '../quantities.js';
import { count } from '../rendering/quantities.js';
import { structsOf } from '../struct-module.js';
import { relayMetrics } from './relay-metrics.js';
import { natsTarget } from './relay-target.js';
import { type PromAddress, promAddressOption } from './vlp/watch-values.js';

const MEBIBYTE = 2 ** 20;
const LONGEST_POSSIBLE = 0xffff_ffff;
const FOREVER = 0xffff_ffff_ffff_ffffn;

interface RelayOptions extends RootOptions {
  readonly core?: boolean;
  readonly create?: boolean;
  readonly replicas?: string;
  readonly subject?: string;
  readonly struct?: string;
  readonly creds?: string;
  readonly nkey?: string;
  readonly tokenFile?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly start?: string;
  readonly untilCaughtUp?: boolean;
  readonly durable?: boolean;
  readonly kind: 'log' | 'ring' | 'journal';
  readonly capacity: number;
  readonly maxMessageLength?: number;
  readonly timeout: Duration;
  readonly metrics?: PromAddress;
  readonly json?: boolean;
}

export function registerRelay(program: Command): void {
  takesRoot(
    program
      .command('relay')
      .description('copy a channel to a NATS server, or from one: each record exactly once')
      .argument('<from>', 'a channel, or nats://host:port/STREAM[/subject]')
      .argument('<to>', 'nats://host:port/STREAM/subject, or a channel'),
  )
    .option('--core', 'core NATS without a stream: nats://host:port/subject, nothing is stored or repeated')
    .option('--create', 'create the stream when it does not exist')
    .option('--replicas <n>', 'servers that keep a copy of a created stream (default: 1)')
    .option(
      '--subject <subject>',
      'of the records, instead of one in the address; {field} is a field of each record',
    )
    .option('--struct <module>', 'JavaScript module with the struct of the records (default: they are JSON)')
    .option('--creds <file>', 'credentials of a user (default: the file in NATS_CREDS)')
    .option('--nkey <file>', 'seed of an nkey (default: the file in NATS_NKEY)')
    .option('--token-file <file>', 'token (default: the token in NATS_TOKEN)')
    .option('--user <name>', 'user; the password is in --password-file or NATS_PASSWORD (default: NATS_USER)')
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
    .option('--metrics <ip:port>', 'serve the progress as metrics for Prometheus', promAddressOption)
    .option('--json', 'print what was carried, as JSON')
    .addHelpText('after', HELP)
    .action(relay);
}

const HELP = `
Several servers of a cluster: nats://a:4222,b:4222,c:4222/STREAM/subject.
The subject 'quotes.{symbol}' has a field of each record in it, here of JSON.
Use tls:// for encryption. The relay of a channel ends when the channel is
closed and all of it is acknowledged. Start a stopped relay again, and it
continues where it ended. Secrets come from files or the environment, never from
the command line.
Needs the packages @nats-io/transport-node and @nats-io/jetstream.`;

async function relay(from: string, to: string, options: RelayOptions): Promise<void> {
  using interruption = new Interruption();
  const source = natsTarget(from, options.core === true, options.subject);
  const target = natsTarget(to, options.core === true, options.subject);
  if ((source === null) === (target === null)) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      'one of <from> and <to> must be a channel, the other nats://…',
    );
  }
  let line = 'connecting';
  let fault: string | null = null;
  using _progress = new Progress(() => line);
  /** The status line, and each new fault as a line of its own. */
  const metrics = await relayMetrics(target === null ? to : from, options.metrics);
  const status: Status = (text, progress) => {
    metrics.report(progress);
    const now = progress.fault ?? null;
    line = now === null ? text : `${text}; waiting: ${now}`;
    if (now !== null && now !== fault) printNote(`${now}; trying again`);
    fault = now;
  };
  const common = { ...serversOf(options), signal: interruption.signal };
  try {
    const carried =
      target === null
        ? await incoming(source as Target, to, options, common, status)
        : await outgoing(from, target, options, common, status);
    if (options.json) printJson(carried);
  } finally {
    await metrics.close();
  }
  process.exitCode = interruption.exitCode;
}

type Target = NonNullable<ReturnType<typeof natsTarget>>;
type Status = (text: string, progress: RelayProgress) => void;

async function outgoing(
  from: string,
  to: Target,
  options: RelayOptions,
  common: NatsServers,
  status: Status,
) {
  const { root, id: channelId } = channelNamed(channelArgument(from), options);
  const place = { ...common, servers: to.servers, root, channelId };
  if (to.subject === undefined) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      'name the subject of the records: nats://host:port/STREAM/subject, or --subject',
    );
  }
  const codec = options.struct === undefined ? {} : { codec: await oneStruct(options.struct) };
  if (options.core) {
    return publishToNats({
      ...place,
      ...codec,
      subject: to.subject,
      onProgress: (now) => status(`${count(now.sent)} sent, ${count(now.lost)} lost`, now),
    });
  }
  return relayToJetStream({
    ...place,
    ...codec,
    stream: to.stream,
    subject: to.subject,
    ...(options.create ? { create: { replicas: Number(options.replicas ?? 1) } } : {}),
    onProgress: (now) =>
      status(
        `${count(now.sent)} sent, ${count(now.acknowledged)} acknowledged, lag ${now.lag === null ? 'unknown' : count(now.lag)}, ${count(now.lost)} lost, ${count(now.reconnects)} reconnects`,
        now,
      ),
  });
}

async function oneStruct(module: string): Promise<Struct<unknown>> {
  const [struct, ...more] = await structsOf(module);
  if (struct !== undefined && more.length === 0) return struct;
  throw new RingwireError('INVALID_ARGUMENT', `${module} exports ${more.length + 1} structs: export one`);
}

function incoming(from: Target, to: string, options: RelayOptions, common: NatsServers, status: Status) {
  const { root, id } = channelNamed(channelArgument(to), options);
  const destination = destinationOf(root, id, options);
  if (options.core) {
    return subscribeToNats({
      ...common,
      servers: from.servers,
      subject: from.subject ?? '>',
      destination,
      onProgress: (now) => status(`${count(now.received)} received, ${count(now.dropped)} dropped`, now),
    });
  }
  return relayFromJetStream({
    ...common,
    servers: from.servers,
    stream: from.stream,
    ...(from.subject === undefined ? {} : { subject: from.subject }),
    destination,
    ...(options.start === undefined ? {} : { start: startOf(options.start) }),
    durable: options.durable ?? false,
    untilCaughtUp: options.untilCaughtUp ?? false,
    onProgress: (now) =>
      status(
        `${count(now.received)} received, lag ${count(now.lag)}, ${count(now.lost)} lost, ${count(now.reconnects)} reconnects`,
        now,
      ),
  });
}

function serversOf(options: RelayOptions): NatsServers {
  const { creds, nkey, tokenFile, user, passwordFile, tlsCa, tlsCert, tlsKey } = options;
  const tls = {
    ...(tlsCa === undefined ? {} : { caFile: tlsCa }),
    ...(tlsCert === undefined ? {} : { certFile: tlsCert }),
    ...(tlsKey === undefined ? {} : { keyFile: tlsKey }),
  };
  return {
    ...(creds === undefined ? {} : { credentialsFile: creds }),
    ...(nkey === undefined ? {} : { nkeyFile: nkey }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
    ...(user === undefined ? {} : { user }),
    ...(passwordFile === undefined ? {} : { passwordFile }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
  };
}

function startOf(text: string): StreamStart {
  if (text === 'all' || text === 'new') return text;
  if (/^\d+$/.test(text)) return { sequence: Number(text) };
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return { time };
  throw new RingwireError(
    'INVALID_ARGUMENT',
    `'${text}' is no start: expected all, new, a sequence number or a time`,
  );
}

function destinationOf(root: string, channelId: bigint, options: RelayOptions): DestinationOptions {
  const { kind, capacity, maxMessageLength, timeout } = options;
  const common = {
    channelId,
    writerId: process.pid,
    capacity,
    timeout: timeout === 'never' ? FOREVER : timeout,
    tickUnit: TickUnit.Nanos,
  };
  // The longest that a ring or a segment takes is an eighth of it.
  const eighth = Math.max(8, Math.floor(capacity / 64) * 8 - 8);
  if (kind === 'ring') {
    const longest = { maxMessageLength: maxMessageLength ?? eighth };
    return { root, kind, options: { ...common, ...longest, policy: 'back-pressure' } };
  }
  const longest = kind === 'log' ? LONGEST_POSSIBLE : eighth;
  return { root, kind, options: { ...common, maxMessageLength: maxMessageLength ?? longest } };
}
