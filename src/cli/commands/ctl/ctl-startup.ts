/** `ringwire ctl startup`: prints a systemd unit that runs a manager. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readConfiguration } from '../../../supervisor/index.js';
import { printData, printNote } from '../../print.js';
import { type Duration, durationOption, nanosToMillis } from '../../quantities.js';
import { type CtlOptions, guarded, takesManager } from './ctl-action.js';
import { projectName } from './project-name.js';
import { serviceUnit } from './service-unit.js';

const UNIT_NAME = /^[A-Za-z0-9:_.@-]{1,200}$/;

interface StartupOptions extends CtlOptions {
  readonly file: string;
  readonly user?: boolean;
  readonly name?: string;
  readonly watchdog: Duration;
}

/** Adds the command to its group. */
export function registerCtlStartup(ctl: Command): void {
  takesManager(ctl.command('startup'))
    .description('print a systemd unit that starts the manager with the machine')
    .option('--user', 'a unit of your own service manager, instead of the system')
    .option('--name <name>', 'name of the unit (default: that of the folder of the file)', nameOption)
    .addOption(
      new Option('--watchdog <duration>', 'restart a manager that has not reported for so long, or never')
        .default(30_000_000_000n, '30s')
        .argParser(durationOption),
    )
    .action((options: StartupOptions) => guarded(async () => startup(options)));
}

function startup(options: StartupOptions): void {
  const file = path.resolve(options.file);
  const { processes } = readConfiguration(options.file);
  const name = options.name ?? projectName(path.dirname(file));
  const isOwn = options.user === true;
  const unit = serviceUnit({
    description: `ringwire: the processes of ${file}`,
    command: [
      process.execPath,
      fs.realpathSync(process.argv[1] ?? ''),
      ...['ctl', 'run', '-f', file, '--reload-on-hup'],
      ...(options.runtimeDir ? ['--runtime-dir', path.resolve(options.runtimeDir)] : []),
    ],
    folder: process.cwd(),
    searchPath: process.env['PATH'] ?? '',
    user: isOwn || process.getuid?.() === 0 ? undefined : os.userInfo().username,
    isOwn,
    watchdogMs: nanosToMillis(options.watchdog),
    processes,
  });
  printData(unit);
  for (const line of installation(name, isOwn)) printNote(line);
}

function installation(name: string, isOwn: boolean): string[] {
  if (isOwn) {
    return [
      `save it as ~/.config/systemd/user/${name}.service, then run:`,
      `  systemctl --user daemon-reload && systemctl --user enable --now ${name}`,
      'to start it without a login: loginctl enable-linger',
    ];
  }
  return [
    `save it as /etc/systemd/system/${name}.service, then run:`,
    `  sudo systemctl daemon-reload && sudo systemctl enable --now ${name}`,
  ];
}

function nameOption(text: string): string {
  if (UNIT_NAME.test(text)) return text.replace(/\.service$/, '');
  throw new InvalidArgumentError('It must consist of letters, digits and :_.@-');
}
