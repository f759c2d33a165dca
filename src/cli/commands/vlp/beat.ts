/** `ringwire vlp beat`: sends beats from the shell. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type AgentOptions,
  BeatOutcome,
  outcomeLabel,
  readKeyFile,
  Status,
  statusFromLabel,
  VlpAgent,
} from '../../../health/index.js';
import { delay } from '../../../platform/index.js';
import { ExitCode } from '../../exit-codes.js';
import { Interruption } from '../../interruption.js';
import { printJson, printText } from '../../print.js';
import {
  type Duration,
  durationOption,
  nanosToMillis,
  u64Option,
  wholeNumberOption,
} from '../../quantities.js';

interface BeatOptions {
  readonly status?: Status;
  readonly payload?: bigint;
  readonly count?: number;
  readonly every?: Duration;
  readonly wire: '1' | '2';
  readonly keyFile?: string;
  readonly masterKeyFile?: string;
  readonly json?: boolean;
}

/** Adds the command to its group. */
export function registerVlpBeat(group: Command): void {
  group
    .command('beat')
    .description('send one beat, or one per interval')
    .argument('<target>', '/run/x.sock, unix:/run/x.sock, channel:ROOT#ID or udp://ADDRESS:PORT')
    .option(
      '--status <status>',
      'ok, degraded or critical; in wire version 1 also stall (default: ok)',
      statusOption,
    )
    .option('--payload <number>', 'number that the observer shows with the beat (default: 0)', u64Option)
    .option(
      '--count <number>',
      'number of beats (default: 1; with --every no limit)',
      wholeNumberOption(1, 2 ** 32),
    )
    .option('--every <duration>', 'pause between beats: 500ms, 1s, ...', durationOption)
    .addOption(new Option('--wire <version>', 'wire version').choices(['1', '2']).default('1'))
    .option('--key-file <path>', 'udp: seal the beats with this shared key; needs --wire 2')
    .option(
      '--master-key-file <path>',
      'udp: seal the beats with a key derived from this one; needs --wire 2',
    )
    .option('--json', 'print JSON; numbers of 64 bits are strings')
    .addHelpText('after', HELP)
    .action(beat);
}

const HELP = `
Prints the number of sent, dropped and failed beats. Exit codes: 0 when the
last beat was sent, 2 without an observer, 3 when it was dropped (the observer
is slower than its agents, or has ended), 1 when it failed. The observer
identifies agents by their process: each call of this command is a new agent,
which falls silent when the command ends.`;

async function beat(target: string, options: BeatOptions): Promise<void> {
  using interruption = new Interruption();
  using agent = VlpAgent.connect(target, agentOptions(options));
  const counts = { sent: 0, dropped: 0, failed: 0 };
  const last = options.count ?? (options.every === undefined ? 1 : Number.POSITIVE_INFINITY);
  const pause = nanosToMillis(options.every ?? 0n) ?? 0;
  let outcome: BeatOutcome = BeatOutcome.Sent;
  for (let i = 0; i < last && !interruption.signal.aborted; i++) {
    if (i > 0 && pause > 0) await delay(pause, interruption.signal);
    if (interruption.signal.aborted) break;
    outcome = agent.beat(options.status ?? Status.Ok, options.payload ?? 0n);
    counts[outcomeLabel(outcome)]++;
  }
  const reason = agent.lastDropReason ?? agent.lastError?.reason ?? null;
  if (options.json) printJson({ target: agent.target, pid: process.pid, ...counts, reason });
  else {
    const { sent, dropped, failed } = counts;
    printText(`sent ${sent}, dropped ${dropped}, failed ${failed}${reason === null ? '' : ` (${reason})`}\n`);
  }
  process.exitCode = interruption.exitCode ?? exitCodeOf(outcome);
}

function agentOptions({ wire, keyFile, masterKeyFile }: BeatOptions): AgentOptions {
  return {
    wireVersion: wire === '2' ? 2 : 1,
    reconnectAfterDrops: 1,
    ...(keyFile === undefined ? {} : { sharedKey: readKeyFile(keyFile) }),
    ...(masterKeyFile === undefined ? {} : { masterKey: readKeyFile(masterKeyFile) }),
  };
}

function exitCodeOf(outcome: BeatOutcome): ExitCode {
  if (outcome === BeatOutcome.Sent) return ExitCode.Ok;
  return outcome === BeatOutcome.Dropped ? ExitCode.Full : ExitCode.NotSound;
}

function statusOption(text: string): Status {
  const status = statusFromLabel(text);
  if (status === undefined) throw new InvalidArgumentError('It must be ok, degraded, critical or stall.');
  return status;
}
