/** `ringwire bench`: a short measurement on this machine. */
import type { Command } from 'commander';
import { Interruption } from '../../interruption.js';
import { printJson, printText } from '../../print.js';
import { Progress } from '../../progress.js';
import { wholeNumberOption } from '../../quantities.js';
import { benchTable } from '../../rendering/bench-table.js';
import { runBench } from './bench-run.js';

interface BenchOptions {
  readonly records: number;
  readonly rounds: number;
  readonly json?: boolean;
}

/** Adds the command to the program. */
export function registerBench(program: Command): void {
  program
    .command('bench')
    .description('measure records per second and round-trip time on this machine')
    .option(
      '-n, --records <count>',
      'number of records, one way',
      wholeNumberOption(1000, 20_000_000),
      2_000_000,
    )
    .option('--rounds <count>', 'number of round trips', wholeNumberOption(100, 1_000_000), 50_000)
    .option('--json', 'print JSON; rates per second, times in microseconds')
    .addHelpText('after', HELP)
    .action(bench);
}

const HELP = `
Both processes spin and need two idle cores; the figures of a busy machine are
not comparable. The repository has benchmarks against other ways of
communication: npm run bench.`;

async function bench(options: BenchOptions): Promise<void> {
  using interruption = new Interruption();
  const { signal } = interruption;
  let stage = 'starting';
  using progress = new Progress(() => `measuring: ${stage}`);
  try {
    const outcome = await runBench({
      records: options.records,
      rounds: options.rounds,
      signal,
      onStage: (now) => {
        stage = now;
      },
    });
    progress.stop();
    if (options.json) printJson(outcome);
    else printText(benchTable(outcome));
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = interruption.exitCode;
  }
}
