/** `ringwire aeron …`: run a driver, inspect one, send and receive, relay channels. */
import type { Command } from 'commander';
import { registerDriver } from './driver.js';
import { registerDriverTool } from './driver-tool.js';
import { registerQueries } from './queries.js';
import { registerRelay } from './relay.js';
import { registerStat } from './stat.js';
import { registerTraffic } from './traffic.js';

/** Adds the group of commands to the program. */
export function registerAeron(program: Command): void {
  const group = program
    .command('aeron')
    .description('run and inspect media drivers of Aeron, send and receive messages');
  registerDriver(group);
  registerDriverTool(group);
  registerStat(group);
  registerQueries(group);
  registerTraffic(group);
  registerRelay(group);
}
