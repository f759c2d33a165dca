/** `ringwire ctl`: a process manager, and a client of any manager with its protocol. */
import type { Command } from 'commander';
import { registerCtlChanges } from './ctl-changes.js';
import { registerCtlQueries } from './ctl-queries.js';
import { registerCtlReload } from './ctl-reload.js';
import { registerCtlRun } from './ctl-run.js';
import { registerCtlStreams } from './ctl-streams.js';

/** Adds the group of commands to the program. */
export function registerCtl(program: Command): void {
  const ctl = program
    .command('ctl')
    .description('supervise processes, and control managers through their socket');
  registerCtlRun(ctl);
  registerCtlQueries(ctl);
  registerCtlStreams(ctl);
  registerCtlReload(ctl);
  registerCtlChanges(ctl);
}
