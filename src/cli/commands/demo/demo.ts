/** `ringwire demo`: verifies on this machine that records arrive. */
import { type Command, Option } from 'commander';
import { ExitCode } from '../../exit-codes.js';
import { Interruption } from '../../interruption.js';
import { printJson, printText } from '../../print.js';
import { Progress } from '../../progress.js';
import { wholeNumberOption } from '../../quantities.js';
import { demoProgressLine, demoSummary } from '../../rendering/demo-summary.js';
import { DEMO_FAULTS, type DemoFault, type DemoProgress } from './demo-messages.js';
import { type DemoOutcome, runDemo } from './demo-run.js';

const HEARTBEATS = 100;

interface DemoOptions {
  readonly records: number;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly inject?: DemoFault;
}

/** Adds the command to the program. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('a writer process and a reader process exchange a million verified records')
    .option('-n, --records <count>', 'number of records', wholeNumberOption(1, 20_000_000), 1_000_000)
    .option('--keep', 'keep the channel, for cat, stat or verify')
    .option('--json', 'print the result as JSON')
    .addOption(new Option('--inject <fault>', 'make a fault half-way').choices(DEMO_FAULTS).hideHelp())
    .addHelpText('after', '\nExit code 1: a record is missing or differs from what was written.')
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  using interruption = new Interruption();
  const outcome = await runWithProgress(options, interruption.signal);
  if (outcome === null) {
    process.exitCode = interruption.exitCode;
    return;
  }
  const good = outcome.faults.length === 0;
  if (options.json) printJson({ ok: good, ...outcome });
  else printText(demoSummary(outcome));
  process.exitCode = good ? ExitCode.Ok : ExitCode.NotSound;
}

/** The outcome; null when the signal aborted. */
async function runWithProgress(options: DemoOptions, signal: AbortSignal): Promise<DemoOutcome | null> {
  let latest: DemoProgress = { records: 0, bytes: 0 };
  let begun: number | undefined;
  const line = () =>
    demoProgressLine(latest, options.records, performance.now() - (begun ?? performance.now()));
  using _progress = new Progress(line, { afterMillis: 0 });
  try {
    return await runDemo({
      records: options.records,
      heartbeats: Math.min(HEARTBEATS, options.records),
      inject: options.inject,
      keep: options.keep ?? false,
      signal,
      onProgress: (progress) => {
        begun ??= performance.now();
        latest = progress;
      },
    });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}
