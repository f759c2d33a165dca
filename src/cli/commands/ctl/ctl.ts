/** `ringwire ctl`: a process manager, and a client of any manager with its protocol. */
import type { Command } from 'commander';
import { registerCtlChanges } from './ctl-changes.js';
import { registerCtlEvents } from './ctl-events.js';
import { registerCtlInit } from './ctl-init.js';
import { registerCtlManagers } from './ctl-managers.js';
import { registerCtlQueries } from './ctl-queries.js';

import { registerCtlReload } from './ctl-reload.js';
import { registerCtlStartup } from './ctl-startup.js';
import { registerCtlValidate } from './ctl-validate.js';
import { registerCtlLogs } from './logs/ctl-logs.js';
import { registerCtlRun } from './run/ctl-run.js';

/** Adds the group of commands to the program. */
export function registerCtl(program: Command): void {
  const ctl = program
    .command('ctl')
    .description('supervise processes, and control managers through their socket');
  registerCtlRun(ctl);
  registerCtlValidate(ctl);
  registerCtlInit(ctl);
  registerCtlStartup(ctl);
  registerCtlManagers(ctl);
  registerCtlQueries(ctl);
  registerCtlLogs(ctl);
  registerCtlEvents(ctl);
  registerCtlReload(ctl);
  registerCtlChanges(ctl);
}
