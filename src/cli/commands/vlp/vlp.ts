/** `ringwire vlp`: sends and observes the beats of processes. */
import type { Command } from 'commander';
import { registerVlpBeat } from './beat.js';
import { registerVlpWatch } from './watch.js';

/** Adds the group of commands. */
export function registerVlp(program: Command): void {
  const group = program.command('vlp').description('send heartbeats of processes and observe them (VLP)');
  registerVlpBeat(group);
  registerVlpWatch(group);
}
