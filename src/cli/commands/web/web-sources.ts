/** What `ringwire web` observes: the options, and what exists on this machine without them. */
import fs from 'node:fs';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CNC_FILE, defaultDirectory } from '../../../aeron/index.js';
import type { SamplerOptions } from '../../../metrics/index.js';
import { type RootOptions, rootFolder, takesRoot } from '../../channel-argument.js';
import { controlSocket } from '../../control-socket.js';
import { type Duration, durationOption, nanosToMillis } from '../../quantities.js';

const SHORTEST_THRESHOLD_MILLIS = 10;

/** Options that choose the sources. */
export interface SourceOptions extends RootOptions {
  readonly runtimeDir?: string;
  readonly healthSocket?: string;
  readonly healthThreshold: Duration;
  readonly aeronDir?: string;
}

/** The sources; null for one that does not exist. */
export interface Sources {
  readonly root: string;
  /** Control socket of a manager. */
  readonly processes: string | null;
  /** Unix socket to bind for agents. */
  readonly health: string | null;
  /** Folder of a media driver. */
  readonly aeron: string | null;
}

/** Adds the options. */
export function takesSources(command: Command): Command {
  return takesRoot(command)
    .option(
      '--runtime-dir <folder>',
      'folder of a process manager (default: CLIWRAP_RUNTIME_DIR, else the last manager)',
    )
    .option('--health-socket <path>', 'bind this Unix socket and observe the agents that beat to it')
    .addOption(
      new Option('--health-threshold <duration>', 'silence after which an agent is stalled')
        .argParser(thresholdOption)
        .default(durationOption('5s'), '5s'),
    )
    .option(
      '--aeron-dir <folder>',
      'folder of an Aeron media driver (default: AERON_DIR, else its usual place)',
    );
}

/** Finds the sources. A source that the options name is used whether it exists by now or not. */
export function findSources(options: SourceOptions): Sources {
  return {
    root: rootFolder(options),
    processes: controlSocket(options.runtimeDir),
    health: options.healthSocket ?? null,
    aeron: options.aeronDir ?? existing(defaultDirectory(), CNC_FILE),
  };
}

/** The same for the sampler. */
export function samplerOptions(
  { root, processes, health, aeron }: Sources,
  options: SourceOptions,
): SamplerOptions {
  return {
    root,
    ...(processes === null ? {} : { controlSocket: processes }),
    ...(health === null
      ? {}
      : { healthSocket: health, healthThresholdMs: nanosToMillis(options.healthThreshold) ?? 0 }),
    ...(aeron === null ? {} : { aeronDir: aeron }),
  };
}

function existing(folder: string, file: string): string | null {
  return fs.existsSync(path.join(folder, file)) ? folder : null;
}

function thresholdOption(text: string): Duration {
  const threshold = durationOption(text);
  const millis = nanosToMillis(threshold);
  if (millis !== undefined && millis >= SHORTEST_THRESHOLD_MILLIS) return threshold;
  throw new InvalidArgumentError(`It must be at least ${SHORTEST_THRESHOLD_MILLIS}ms.`);
}
