/** `ringwire aeron …`: a driver, a look at a driver, traffic over it, and relays. */
import type { Command } from 'commander';
import { registerDriver } from './driver.js';
import { registerRelay } from './relay.js';
import { registerTraffic } from './traffic.js';
import { registerWatching } from './watch.js';

export function registerAeron(program: Command): void {
  const group = program
    .command('aeron')
    .description('media drivers of Aeron: run one, look at one, send and receive');
  registerDriver(group);
  registerWatching(group);
  registerTraffic(group);
  registerRelay(group);
}
