/** The text of a systemd unit for a manager. Source of the keys: systemd.service(5), systemd.kill(5). */
import type { ProcessSpec } from '../../../supervisor/index.js';

/** As of {@link ProcessSpec}. */
const DEFAULT_STOP_MILLIS = 10_000;
/** What the manager needs beside the stop timeouts of its processes. */
const STOP_RESERVE_SECONDS = 10;

/** What a unit consists of. */
export interface ServiceParts {
  readonly description: string;
  /** The program, absolute, and its arguments. It reloads its configuration at SIGHUP. */
  readonly command: readonly string[];
  /** The working folder. */
  readonly folder: string;
  /** `PATH` of the processes: that of systemd has only the folders of the system. */
  readonly searchPath: string;
  /** Undefined for the user of the service manager. */
  readonly user: string | undefined;
  /** Whether the unit belongs to the service manager of a user. */
  readonly isOwn: boolean;
  /** Undefined without a watchdog. */
  readonly watchdogMs: number | undefined;
  readonly processes: readonly ProcessSpec[];
}

/** The unit. The manager reports to systemd when all processes have been started, and while it works. */
export function serviceUnit(parts: ServiceParts): string {
  const { description, command, folder, searchPath, user, isOwn, watchdogMs, processes } = parts;
  const lines = [
    '[Unit]',
    `Description=${specifiersEscaped(description)}`,
    ...(isOwn ? [] : ['Wants=network-online.target', 'After=network-online.target']),
    '',
    '[Service]',
    'Type=notify',
    `ExecStart=${command.map(argument).join(' ')}`,
    'ExecReload=/bin/kill -HUP $MAINPID',
    `WorkingDirectory=${specifiersEscaped(folder)}`,
    `Environment=${quoted(`PATH=${searchPath}`)}`,
    ...(user === undefined ? [] : [`User=${user}`]),
    'Restart=on-failure',
    ...(watchdogMs === undefined ? [] : [`WatchdogSec=${watchdogMs / 1000}`]),
    '# The processes have time limits of their own (ready: timeout, stop_timeout).',
    'TimeoutStartSec=infinity',
    `TimeoutStopSec=${stopSeconds(processes)}`,
    '# SIGTERM to the manager only, which stops the processes in order. With KillMode=process the processes outlive',
    '# a manager that crashes, and the next one adopts them.',
    'KillMode=mixed',
    '',
    '[Install]',
    `WantedBy=${isOwn ? 'default' : 'multi-user'}.target`,
  ];
  return `${lines.join('\n')}\n`;
}

/** An argument of `ExecStart=`, which replaces variables also. */
function argument(text: string): string {
  return quoted(text).replaceAll('$', '$$$$');
}

function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `"${specifiersEscaped(escaped)}"`;
}

function specifiersEscaped(text: string): string {
  return text.replaceAll('%', '%%');
}

/** The sum of stop timeouts along the longest chain of dependencies, and a reserve. */
function stopSeconds(processes: readonly ProcessSpec[]): number {
  const byId = new Map(processes.map((spec) => [spec.id, spec]));
  const chains = new Map<string, number>();
  const chainOf = (id: string): number => {
    const known = chains.get(id);
    if (known !== undefined) return known;
    const { stopTimeoutMs = DEFAULT_STOP_MILLIS, dependsOn = [] } = byId.get(id) ?? {};
    const chain = stopTimeoutMs + Math.max(0, ...dependsOn.map(chainOf));
    chains.set(id, chain);
    return chain;
  };
  const longest = Math.max(0, ...processes.map(({ id }) => chainOf(id)));
  return Math.ceil(longest / 1000) + STOP_RESERVE_SECONDS;
}
