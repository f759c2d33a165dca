/** The keys of a configuration file. The JSON Schema `docs/cliwrap.schema.json` is made from this; a test compares them. */
import * as z from 'zod/mini';
import { parseListenAddress } from '../specification/listen-address.js';
import { SIGNAL_PATTERN, signalNamed } from '../specification/stop-signal.js';
import { parseUmask, UMASK_PATTERN } from '../specification/umask.js';
import { ConfigValues, described, list, map } from './config-values.js';

/** @param environment values of `${VAR}` */
export function configurationSchema(environment: NodeJS.ProcessEnv) {
  const values = new ConfigValues(environment);
  const unused = () => described('Accepted without effect.', z.optional(z.unknown()));
  return map({
    version: unused(),
    runtime: z.optional(runtimeSchema(values, unused)),
    system_budget: unused(),
    sandbox_providers: unused(),
    groups: z.optional(
      list(
        map({
          name: described('Name of the group, for people.', z.optional(values.text())),
          processes: z.optional(list(processSchema(values))),
        }),
      ),
    ),
  });
}

/** A configuration file in which every value has been read. */
export type ConfigurationValues = NonNullable<z.infer<ReturnType<typeof configurationSchema>>>;
/** `runtime` of a configuration file. */
export type RuntimeValues = NonNullable<ConfigurationValues['runtime']>;
/** One process of a configuration file. */
export type ProcessValues = NonNullable<z.infer<ReturnType<typeof processSchema>>>;

function runtimeSchema(values: ConfigValues, unused: () => z.ZodMiniType<unknown>) {
  return map({
    dir: described('Folder of the socket, the records and the pipes.', z.optional(values.optionalText())),
    debug: unused(),
    agent_path: unused(),
    log_ring_buffer_bytes: described(
      'Bytes kept of each output: 1 MiB to 1 GiB. Default 1 MiB.',
      z.optional(values.size()),
    ),
    log_file_dir: described('Folder of log files. Default: no log files.', z.optional(values.optionalText())),
    log_file_max_size: described(
      'Size at which a log file is rotated. Default 64 MiB.',
      z.optional(values.size()),
    ),
    log_file_max_files: described(
      'Log files kept of each output. Default 7.',
      z.optional(values.whole(1, 1000)),
    ),
  });
}

function processSchema(values: ConfigValues) {
  const text = () => z.optional(values.text());
  return map({
    id: described('1 to 128 letters, digits, _ and -; unique.', values.id()),
    name: described('Name for people.', text()),
    command: described('The program; no shell reads it.', values.text()),
    args: described('Arguments of the program.', z.optional(list(values.text()))),
    env: described(
      'Variables added to the environment of the manager.',
      z.optional(z.nullable(z.record(z.string(), values.text(), { error: mapExpected }))),
    ),
    env_file: described(
      'Files of NAME=value lines, relative to this file; env wins over them.',
      z.optional(z.union([values.text(), list(values.text())], 'must be a file name, or a list of them')),
    ),
    workdir: described(
      'Working folder, relative to this file. Default: that of the manager.',
      z.optional(values.optionalText()),
    ),
    ...runKeys(values),
    ...lifeKeys(values),
  });
}

/** How a process runs. */
function runKeys(values: ConfigValues) {
  return {
    instances: described(
      'Number of processes to start: ID-0, ID-1, … with their number in RINGWIRE_INSTANCE.',
      z.optional(values.whole(1, 1000)),
    ),
    listen: described(
      'PORT or HOST:PORT of a listening socket that every instance inherits as descriptor 3. Default host 127.0.0.1.',
      z.optional(values.parsed({ type: ['integer', 'string'] }, parseListenAddress)),
    ),
    user: described(
      'User name or id of the process; needs a manager that runs as root.',
      z.optional(values.optionalText()),
    ),
    group: described(
      'Group name or id of the process; needs a manager that runs as root. Default: that of the user.',
      z.optional(values.optionalText()),
    ),
    umask: described(
      'File mode creation mask, octal. Default: that of the manager.',
      z.optional(values.parsed({ type: ['integer', 'string'], pattern: UMASK_PATTERN }, parseUmask)),
    ),
    stdin: described(
      'Standard input: none (empty), pipe (for a program), inherit. Default none.',
      z.optional(values.oneOf(['none', 'pipe', 'inherit'])),
    ),
    log_timestamps: described(
      'Whether each line of a log file begins with its time. Default false.',
      z.optional(values.boolean()),
    ),
    resources: described('Limits of memory and CPU.', z.optional(resourcesSchema(values))),
  };
}

/** When a process starts, restarts and stops. */
function lifeKeys(values: ConfigValues) {
  const duration = () => z.optional(values.duration());
  return {
    autostart: described(
      'Whether the manager starts it when the manager starts. Default true.',
      z.optional(values.boolean()),
    ),
    restart: described(
      'When it is restarted after its end. Default never.',
      z.optional(values.oneOf(['never', 'on_failure', 'on-failure', 'always'])),
    ),
    max_restarts: described('Restarts in a row. Default: no limit.', z.optional(values.whole(0))),
    restart_backoff: described(
      'Pause before the first restart, doubled each time up to 1m. Default 1s.',
      duration(),
    ),
    restart_reset: described('Running time that forgets earlier restarts. Default 60s.', duration()),
    stop_signal: described(
      'Signal that asks the process group to end. Default SIGTERM.',
      z.optional(values.parsed({ type: 'string', pattern: SIGNAL_PATTERN }, signalNamed)),
    ),
    stop_timeout: described('Time from the stop signal to SIGKILL. Default 10s.', duration()),
    depends_on: described('Processes that must run first.', z.optional(list(values.text()))),
    ready: described(
      'When it counts as running. Default: when it was spawned.',
      z.optional(readySchema(values)),
    ),
    liveness: described('Supervision by health beats.', z.optional(livenessSchema(values))),
    orphan: described(
      'What a new manager does with a child of an earlier one. Default adopt.',
      z.optional(values.oneOf(['adopt', 'stop'])),
    ),
  };
}

function resourcesSchema(values: ConfigValues) {
  return map({
    max_rss: described('Resident memory.', z.optional(values.size())),
    max_cpu_percent: described('Percent of one core.', z.optional(values.number(0))),
    on_exceed: described(
      'warn reports an event, kill also stops the process. throttle does the same as warn.',
      z.optional(values.oneOf(['warn', 'throttle', 'kill'])),
    ),
  });
}

function readySchema(values: ConfigValues) {
  return map({
    log: described('A text in a line of its output.', z.optional(values.text())),
    exec: described('A command that exits with 0.', z.optional(list(values.text()))),
    port: described('A TCP port that accepts.', z.optional(values.whole(1, 65_535))),
    host: described('Host of the port. Default 127.0.0.1.', z.optional(values.optionalText())),
    socket: described('A Unix socket that accepts.', z.optional(values.text())),
    beat: described('A health beat of the process.', z.optional(values.boolean())),
    timeout: described('Time in which it must become ready. Default 30s.', z.optional(values.duration())),
  });
}

function livenessSchema(values: ConfigValues) {
  return map({
    timeout: described('Time without a health beat after which it counts as stalled.', values.duration()),
    on_stall: described(
      'restart ends it, and its restart policy decides; warn reports an event. Default restart.',
      z.optional(values.oneOf(['restart', 'warn'])),
    ),
  });
}

function mapExpected(): string {
  return 'must be a map';
}
