/** The flags of `ringwire vlp watch`: the names of varta-watch, and a few of ours. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ObserverOptions, readKeyFile, type UdpOptions } from '../../../health/index.js';
import { RingwireError } from '../../../platform/index.js';
import { sizeOption, wholeNumberOption } from '../../quantities.js';

export interface WatchOptions {
  readonly socket?: string;
  readonly thresholdMs: number;
  readonly socketMode: number;
  readonly channel?: readonly string[];
  readonly readTimeoutMs: number;
  readonly trackerCapacity: number;
  readonly trackerEvictionPolicy: 'strict' | 'balanced';
  readonly acceptVersion: '1' | '2' | 'both';
  readonly maxBeatRate: number;
  readonly globalBeatRate: number;
  readonly globalBeatBurst?: number;
  readonly udpPort?: number;
  readonly udpBindAddr: string;
  readonly keyFile?: readonly string[];
  readonly masterKeyFile?: readonly string[];
  readonly iAcceptPlaintextUdp?: boolean;
  readonly recoveryExec?: string;
  readonly recoveryCmd?: string;
  readonly recoveryEnv?: readonly string[];
  readonly recoveryDebounceMs: number;
  readonly recoveryTimeoutMs?: number;
  readonly exportFile?: string;
  readonly exportFileMaxBytes?: number;
  readonly promAddr?: PromAddress;
  readonly promTokenFile?: string;
  readonly heartbeatFile?: string;
  readonly publish?: string;
  readonly shutdownAfterSecs?: number;
  readonly json?: boolean;
  readonly tui?: boolean;
}

export interface PromAddress {
  readonly host: string;
  readonly port: number;
}

const millis = wholeNumberOption(0, 0x7fff_ffff);
const rate = wholeNumberOption(0, 1_000_000);
const list = (value: string, all: readonly string[] = []) => [...all, value];

/** Adds the flags. */
export function takesWatchOptions(command: Command): Command {
  return command
    .option('--socket <path>', 'Unix socket to bind')
    .requiredOption('--threshold-ms <ms>', 'silence before a stall', wholeNumberOption(10, 0x7fff_ffff))
    .addOption(
      new Option('--socket-mode <octal>', 'permissions of the socket')
        .argParser(octalOption)
        .default(0o600, '0600'),
    )
    .option('--channel <root#id>', 'read beats from this channel too; may be repeated', list)
    .option(
      '--read-timeout-ms <ms>',
      'taken for the sake of varta-watch: here readiness wakes the loop',
      wholeNumberOption(1, 100),
      100,
    )
    .option('--tracker-capacity <agents>', 'agents at once', wholeNumberOption(1, 4096), 256)
    .addOption(
      new Option('--tracker-eviction-policy <policy>', 'who gives a place away')
        .choices(['strict', 'balanced'])
        .default('strict'),
    )
    .addOption(
      new Option('--accept-version <version>', 'wire versions').choices(['1', '2', 'both']).default('both'),
    )
    .option('--max-beat-rate <per-second>', 'beats of one agent, 0 for no limit', rate, 0)
    .option('--global-beat-rate <per-second>', 'beats of all agents, 0 for no limit', rate, 0)
    .option('--global-beat-burst <beats>', 'beats above that rate at once', rate)
    .option('--udp-port <port>', 'listen for UDP datagrams too', wholeNumberOption(0, 65_535))
    .option('--udp-bind-addr <ip>', 'where to listen', '127.0.0.1')
    .option('--key-file <path>', 'accept beats sealed with this shared key; may be repeated', list)
    .option('--master-key-file <path>', 'the same for keys derived from this one', list)
    .option('--i-accept-plaintext-udp', 'take UDP beats that are not sealed: anybody can forge them')
    .option('--recovery-exec <command>', 'run on a stall: program and arguments, split at blanks; no shell')
    .addOption(new Option('--recovery-cmd <template>').hideHelp())
    .option('--recovery-env <name=value>', 'environment of the command beside PATH; may be repeated', list)
    .option('--recovery-debounce-ms <ms>', 'one command per agent in this time', millis, 1000)
    .option(
      '--recovery-timeout-ms <ms>',
      'kill the command after this time',
      wholeNumberOption(100, 2 ** 31 - 1),
    )
    .option('--export-file <path>', 'append events to this file, tab-separated')
    .option(
      '--export-file-max-bytes <bytes>',
      'begin a new file at this size; five old ones are kept',
      sizeOption,
    )
    .option('--prom-addr <ip:port>', 'serve metrics for Prometheus', promAddressOption)
    .option('--prom-token-file <path>', 'ask for this token (64 hexadecimal digits)')
    .option('--heartbeat-file <path>', 'rewrite this file as long as the observer itself lives')
    .option('--publish <root#id>', 'publish events as JSON into this ring, which is made')
    .option(
      '--shutdown-after-secs <seconds>',
      'end cleanly after this time',
      wholeNumberOption(0, 2 ** 31 / 1000),
    )
    .option('--tui', 'show all agents on the terminal')
    .option('--json', 'print every event as a line of JSON; numbers of 64 bits are strings');
}

/** @throws RingwireError `INVALID_ARGUMENT` or `INVALID_KEY` */
export function observerOptions(options: WatchOptions): ObserverOptions {
  if (options.recoveryCmd !== undefined) {
    throw new RingwireError(
      'INVALID_ARGUMENT',
      "--recovery-cmd would run a shell: use --recovery-exec '/path/of/program arguments {pid}'",
    );
  }
  const { socket, globalBeatBurst, recoveryExec, recoveryTimeoutMs, udpPort } = options;
  return {
    thresholdMs: options.thresholdMs,
    socketMode: options.socketMode,
    trackerCapacity: options.trackerCapacity,
    trackerEviction: options.trackerEvictionPolicy,
    acceptVersions: options.acceptVersion === 'both' ? [1, 2] : [options.acceptVersion === '1' ? 1 : 2],
    maxBeatRate: options.maxBeatRate,
    globalBeatRate: options.globalBeatRate,
    channels: (options.channel ?? []).map((name) => (name.startsWith('channel:') ? name : `channel:${name}`)),
    ...(socket === undefined ? {} : { socket }),
    ...(globalBeatBurst === undefined ? {} : { globalBeatBurst }),
    ...(udpPort === undefined ? {} : { udp: udpOptions(options, udpPort) }),
    ...(recoveryExec === undefined
      ? {}
      : {
          recovery: {
            command: recoveryExec.split(/\s+/).filter((part) => part !== ''),
            env: Object.fromEntries((options.recoveryEnv ?? []).map(variable)),
            debounceMs: options.recoveryDebounceMs,
            ...(recoveryTimeoutMs === undefined ? {} : { timeoutMs: recoveryTimeoutMs }),
          },
        }),
  };
}

function udpOptions(options: WatchOptions, port: number): UdpOptions {
  return {
    host: options.udpBindAddr,
    port,
    sharedKeys: (options.keyFile ?? []).map(readKeyFile),
    masterKeys: (options.masterKeyFile ?? []).map(readKeyFile),
    acceptPlain: options.iAcceptPlaintextUdp ?? false,
  };
}

function variable(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new RingwireError('INVALID_ARGUMENT', `--recovery-env must be NAME=VALUE, not "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function octalOption(text: string): number {
  const match = /^(?:0o|0)?([0-7]{1,3})$/.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(`expected octal digits (e.g. 600, 0600, or 0o600), got: "${text}"`);
  }
  return Number.parseInt(match[1] as string, 8);
}

function promAddressOption(text: string): PromAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  if (match === null || Number(match[3]) > 65_535) {
    throw new InvalidArgumentError(`not a valid socket address: "${text}"`);
  }
  return { host: (match[1] ?? match[2]) as string, port: Number(match[3]) };
}
