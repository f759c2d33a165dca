/** `ringwire aeron relay send | receive`: copies a channel over a stream into a channel of another machine. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { TickUnit } from '../../../channel/index.js';
import { type RelayStreams, receiveFromStream, sendToStream } from '../../../relay/index.js';
import {
  type ChannelAddress,
  type ChannelArgument,
  channelAddress,
  channelNamed,
  identityOf,
  type RootOptions,
  takesChannel,
} from '../../channel-argument.js';
import { Interruption } from '../../interruption.js';
import { printJson } from '../../print.js';
import { Progress } from '../../progress.js';
import { type Duration, durationOption, sizeOption } from '../../quantities.js';
import { count } from '../../rendering/quantities.js';
import { type StreamOptions, streamId, takesOwnStream, wholeNumber } from './options.js';

const IPC = 'aeron:ipc';
const STREAM = '1010';
const MEBIBYTE = 2 ** 20;
const FOREVER = 0xffff_ffff_ffff_ffffn;

interface RelayOptions extends StreamOptions, RootOptions {
  readonly answerChannel?: string;
  readonly answerStream?: string;
  readonly json?: boolean;
}

interface ReceivingOptions extends RelayOptions {
  readonly ring?: boolean;
  readonly durable?: boolean;
  readonly capacity: number;
  readonly maxMessageLength?: number;
  readonly timeout: Duration;
}

/** Adds the commands to their group. */
export function registerRelay(group: Command): void {
  const relay = group
    .command('relay')
    .description('copy a channel to another machine: each record exactly once, across restarts');
  takesRelay(relay.command('send').description('send the records of a channel until it is closed')).action(
    send,
  );
  takesRelay(
    relay.command('receive').description('receive records into a channel; create it if it does not exist'),
  )
    .option('--ring', 'new channel: a ring with back pressure instead of a log')
    .option('--durable', 'confirm only records that are on disk')
    .addOption(
      new Option('--capacity <size>', 'new channel: bytes for records')
        .argParser(sizeOption)
        .default(32 * MEBIBYTE, '32M'),
    )
    .option(
      '-m, --max-message-length <size>',
      'new channel: longest record (default: the limit of the capacity)',
      sizeOption,
    )
    .addOption(
      new Option('--timeout <duration>', 'new channel: silence after which the writer is late')
        .argParser(durationOption)
        .default('never', 'never'),
    )
    .addHelpText('after', HELP)
    .action(receive);
}

const HELP = `
A ring makes the relay wait for its readers. The end of the source ends the
destination, unless either relay was stopped before: start it again, and it
continues after the last record of the destination.`;

function takesRelay(command: Command): Command {
  return takesOwnStream(takesChannel(command), IPC, STREAM)
    .option('--answer-channel <uri>', 'channel of the answers; with UDP an endpoint on the sender')
    .option('--answer-stream <id>', 'stream id of the answers (default: the next one)')
    .option('--json', 'print a summary as JSON');
}

async function send(argument: ChannelArgument, options: RelayOptions): Promise<void> {
  using interruption = new Interruption();
  const { root, id } = channelNamed(argument, options);
  let line = '';
  using _progress = new Progress(() => line);
  const sent = await sendToStream({
    ...streamsOf(options, interruption.signal),
    root,
    channelId: id,
    onProgress: (now) => {
      line = `${count(now.confirmed)} records confirmed`;
    },
  });
  if (options.json) printJson(sent);
  process.exitCode = interruption.exitCode;
}

async function receive(argument: ChannelArgument, options: ReceivingOptions): Promise<void> {
  using interruption = new Interruption();
  const { root, key } = channelAddress(argument, options);
  let line = '';
  using _progress = new Progress(() => line);
  const received = await receiveFromStream({
    ...streamsOf(options, interruption.signal),
    destination: { root, ...channelOf(key, options) },
    durable: options.durable ?? false,
    onProgress: (now) => {
      line = `${count(now.received)} records received`;
    },
  });
  if (options.json) printJson(received);
  process.exitCode = interruption.exitCode;
}

function streamsOf(options: RelayOptions, signal: AbortSignal): RelayStreams {
  const { directory, channel, answerChannel, answerStream } = options;
  return {
    directory,
    channel,
    streamId: streamId(options),
    ...(answerChannel === undefined ? {} : { answerChannel }),
    ...(answerStream === undefined
      ? {}
      : { answerStreamId: wholeNumber('answer-stream', answerStream, -(2 ** 31), 2 ** 31 - 1) }),
    signal,
  };
}

function channelOf(
  key: ChannelAddress['key'],
  { ring, capacity, maxMessageLength, timeout }: ReceivingOptions,
) {
  const common = {
    ...identityOf(key),
    writerId: process.pid,
    ...(maxMessageLength === undefined ? {} : { maxMessageLength }),
    capacity,
    timeout: timeout === 'never' ? FOREVER : timeout,
    tickUnit: TickUnit.Nanos,
  };
  if (!ring) return { kind: 'log', options: common } as const;
  return { kind: 'ring', options: { ...common, policy: 'back-pressure' } } as const;
}
