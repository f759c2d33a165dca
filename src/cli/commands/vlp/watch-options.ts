/** The options of `ringwire vlp watch`: those of varta-watch by their names, and a few of ringwire. */
import { type Command, Option } from 'commander';
import { type ListenAddress, listenAddressOption } from '../../listen-address.js';
import { sizeBetween, sizeOption, wholeNumberOption } from '../../quantities.js';
import { octalOption } from './watch-values.js';

/** Parsed options; the help text of each option describes it. */
export interface WatchOptions {
  readonly socket?: string;
  readonly thresholdMs: number;
  readonly socketMode: number;
  readonly channel?: readonly string[];
  readonly readTimeoutMs: number;
  readonly udsRcvbufBytes?: number;
  readonly trackerCapacity: number;
  readonly trackerEvictionPolicy: 'strict' | 'balanced';
  readonly acceptVersion: '1' | '2' | 'both';
  readonly maxBeatRate: number;
  readonly globalBeatRate: number;
  readonly globalBeatBurst?: number;
  readonly udpPort?: number;
  readonly udpBindAddr: string;
  readonly keyFile?: readonly string[];
  readonly acceptedKeyFile?: readonly string[];
  readonly masterKeyFile?: readonly string[];
  readonly iAcceptPlaintextUdp?: boolean;
  readonly iAcceptSecureUdpNonLoopback?: boolean;
  readonly recoveryExec?: string;
  readonly recoveryExecFile?: string;
  readonly recoveryCmd?: string;
  readonly recoveryCmdFile?: string;
  readonly recoveryEnv?: readonly string[];
  readonly recoveryInheritEnv?: boolean;
  readonly recoveryDebounceMs: number;
  readonly recoveryTimeoutMs?: number;
  readonly recoveryAuditFile?: string;
  readonly recoveryAuditMaxBytes?: number;
  readonly recoveryAuditSyncEvery: number;
  readonly recoveryCaptureStdio?: boolean;
  readonly recoveryCaptureBytes: number;
  readonly shutdownGraceMs: number;
  readonly exportFile?: string;
  readonly exportFileMaxBytes?: number;
  readonly exportFileSyncEvery: number;
  readonly promAddr?: ListenAddress;
  readonly promTokenFile?: string;
  readonly promRateLimitPerSec: number;
  readonly promRateLimitBurst: number;
  readonly heartbeatFile?: string;
  readonly selfWatchdogSecs?: number;
  readonly publish?: string;
  readonly shutdownAfterSecs?: number;
  readonly json?: boolean;
  readonly tui?: boolean;
  readonly runtimeDir?: string;
}

const millis = wholeNumberOption(0, Number.MAX_SAFE_INTEGER);
const rate = wholeNumberOption(0, 1_000_000);
const count = wholeNumberOption(0, 2 ** 31 - 1);
const list = (value: string, all: readonly string[] = []) => [...all, value];

/** Adds the options to a command. */
export function takesWatchOptions(command: Command): Command {
  takesSources(command);
  takesLimits(command);
  takesRecovery(command);
  return takesOutputs(command);
}

function takesSources(command: Command): void {
  command
    .option('--socket <path>', 'bind this Unix socket')
    .requiredOption(
      '--threshold-ms <ms>',
      'silence before a stall, 10 or more',
      wholeNumberOption(10, Number.MAX_SAFE_INTEGER),
    )
    .addOption(
      new Option('--socket-mode <octal>', 'permissions of the socket')
        .argParser(octalOption)
        .default(0o600, '0600'),
    )
    .option(
      '--uds-rcvbuf-bytes <bytes>',
      'receive buffer of the socket (default: that of the kernel)',
      sizeOption,
    )
    .option('--channel <root#id>', 'also read beats from this channel; may be repeated', list)
    .option(
      '--read-timeout-ms <ms>',
      'longest time between two turns of the loop; beats and stalls do not wait for it',
      wholeNumberOption(1, 60_000),
      100,
    )
    .option('--udp-port <port>', 'also listen for UDP datagrams', wholeNumberOption(0, 65_535))
    .option('--udp-bind-addr <ip>', 'UDP address', '127.0.0.1')
    .option('--key-file <path>', 'accept beats sealed with this shared key; may be repeated', list)
    .option(
      '--accepted-key-file <path>',
      'accept beats sealed with the shared keys in this file, one per line',
      list,
    )
    .option(
      '--master-key-file <path>',
      'accept beats sealed with keys derived from this one; may be repeated',
      list,
    )
    .option('--i-accept-plaintext-udp', 'accept UDP beats that are not sealed: any sender can forge them')
    .option(
      '--i-accept-secure-udp-non-loopback',
      'accept sealed beats on an address that is not loopback: captured frames can be replayed after a restart',
    );
}

function takesLimits(command: Command): void {
  command
    .option('--tracker-capacity <agents>', 'number of agents', wholeNumberOption(1, 4096), 256)
    .addOption(
      new Option('--tracker-eviction-policy <policy>', 'which agent is evicted when all slots are taken')
        .choices(['strict', 'balanced'])
        .default('strict'),
    )
    .addOption(
      new Option('--accept-version <version>', 'wire versions').choices(['1', '2', 'both']).default('both'),
    )
    .option('--max-beat-rate <per-second>', 'beats of one agent, 0 for no limit', rate, 0)
    .option('--global-beat-rate <per-second>', 'beats of all agents, 0 for no limit', rate, 0)
    .option('--global-beat-burst <beats>', 'beats above that rate at once', rate);
}

function takesRecovery(command: Command): void {
  command
    .option('--recovery-exec <command>', 'run on a stall: program and arguments, split at blanks; no shell')
    .option('--recovery-exec-file <path>', 'read that command from a file that only its owner can read')
    .addOption(new Option('--recovery-cmd <template>').hideHelp())
    .addOption(new Option('--recovery-cmd-file <path>').hideHelp())
    .option('--recovery-env <name=value>', 'variable of the command beside PATH; may be repeated', list)
    .option('--recovery-inherit-env', 'also pass the environment of this process to the command')
    .option('--recovery-debounce-ms <ms>', 'one command per agent in this time', millis, 1000)
    .option(
      '--recovery-timeout-ms <ms>',
      'kill the command after this time, 100 or more (default: never)',
      wholeNumberOption(100, Number.MAX_SAFE_INTEGER),
    )
    .option('--recovery-audit-file <path>', 'append a line for every recovery command, tab-separated')
    .option(
      '--recovery-audit-max-bytes <bytes>',
      'start a new audit file at this size; five old ones are kept',
      sizeOption,
    )
    .option(
      '--recovery-audit-sync-every <lines>',
      'sync the audit file after so many lines',
      wholeNumberOption(1, 2 ** 31 - 1),
      1,
    )
    .option('--recovery-capture-stdio', 'count the output of the command in the audit file')
    .option(
      '--recovery-capture-bytes <bytes>',
      'bytes of output that are counted',
      sizeBetween(1, 2 ** 20),
      4096,
    )
    .option(
      '--shutdown-grace-ms <ms>',
      'longest wait for killed commands at the end',
      wholeNumberOption(100, Number.MAX_SAFE_INTEGER),
      5000,
    );
}

function takesOutputs(command: Command): Command {
  return command
    .option('--export-file <path>', 'append events to this file, tab-separated')
    .option(
      '--export-file-max-bytes <bytes>',
      'start a new file at this size; five old ones are kept',
      sizeOption,
    )
    .option('--export-file-sync-every <lines>', 'sync the file after so many lines, 0 for never', count, 0)
    .option('--prom-addr <ip:port>', 'serve metrics for Prometheus', listenAddressOption)
    .option('--prom-token-file <path>', 'require this token (64 hexadecimal digits)')
    .option(
      '--prom-rate-limit-per-sec <connections>',
      'connections per client address, 0 for no limit',
      rate,
      0,
    )
    .option(
      '--prom-rate-limit-burst <connections>',
      'burst of connections of one client address',
      wholeNumberOption(1, 1_000_000),
      10,
    )
    .option('--heartbeat-file <path>', 'replace this file at intervals while the observer runs')
    .option(
      '--self-watchdog-secs <seconds>',
      'end with SIGABRT when the event loop does not turn for so long',
      wholeNumberOption(1, 86_400),
    )
    .option('--publish <root#id>', 'publish events as JSON into this ring, which is created')
    .option(
      '--shutdown-after-secs <seconds>',
      'end cleanly after this time',
      wholeNumberOption(0, Math.floor(Number.MAX_SAFE_INTEGER / 1000)),
    )
    .option(
      '--runtime-dir <folder>',
      'show the process ids of the manager that runs here (default: all your managers)',
    )
    .option('--tui', 'show all agents on the terminal, with keys')
    .option('--json', 'print every event as a line of JSON; numbers of 64 bits are strings');
}
