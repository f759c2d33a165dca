/** `ringwire ctl`: a process manager, and the client of any manager that speaks its socket. */
import type { Command } from 'commander';
import { registerCtlQueries } from './ctl-queries.js';
import { registerCtlRun } from './ctl-run.js';
import { registerCtlStreams } from './ctl-streams.js';

export function registerCtl(program: Command): void {
  const ctl = program
    .command('ctl')
    .description('supervise processes, and control managers over their socket');
  registerCtlRun(ctl);
  registerCtlQueries(ctl);
  registerCtlStreams(ctl);
}
