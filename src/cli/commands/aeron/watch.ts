/** `ringwire aeron stat | errors | loss | streams | backlog`: inspect a driver without being its client. */
import type { Command } from 'commander';
import { CncFile, readBacklogs, readStreamPositions } from '../../../aeron/index.js';
import { printJson, printText } from '../../print.js';
import { renderErrors, renderLosses, renderStat } from '../../rendering/aeron-texts.js';
import { printable } from '../../rendering/printable.js';
import { renderColumns } from '../../rendering/table.js';
import { type DirectoryOptions, takesDirectory } from './options.js';

interface QueryOptions extends DirectoryOptions {
  readonly json?: boolean;
}

/** Adds the commands to their group. */
export function registerWatching(group: Command): void {
  query(group, 'stat', 'print all counters of the driver, as AeronStat does', (file, json) => {
    if (json)
      printJson({
        header: file.header,
        heartbeat: file.driverHeartbeat,
        counters: [...file.counters].map(withoutKey),
      });
    else printText(renderStat(file, Date.now()));
  });
  query(group, 'errors', 'print the distinct errors of the driver, as ErrorStat does', (file, json) => {
    if (json) printJson(file.errors());
    else printText(renderErrors(file.errors()));
  });
  query(group, 'loss', 'print the losses of the driver, as LossStat does', (file, json) => {
    if (json) printJson(file.losses());
    else printText(renderLosses(file.losses()));
  });
  query(group, 'streams', 'print the positions of every stream', (file, json) => {
    const positions = readStreamPositions(file.counters);
    const rows = positions.map((p) =>
      [p.streamId, p.sessionId, p.name, p.value, printable(p.channel)].map(String),
    );
    if (json) printJson(positions);
    else printRows(['stream', 'session', 'counter', 'value', 'channel'], rows);
  });
  query(group, 'backlog', 'print how many bytes each subscriber has not read', (file, json) => {
    const backlogs = readBacklogs(file.counters);
    const rows = backlogs.flatMap((b) =>
      b.subscribers.map((s) =>
        [b.streamId, b.sessionId, s.registrationId, b.publisherPosition, s.behind, printable(b.channel)].map(
          String,
        ),
      ),
    );
    if (json) printJson(backlogs);
    else printRows(['stream', 'session', 'subscriber', 'published', 'behind', 'channel'], rows);
  });
}

function query(
  group: Command,
  name: string,
  description: string,
  show: (file: CncFile, json: boolean) => void,
): void {
  takesDirectory(group.command(name).description(description))
    .option('--json', 'print JSON; 64-bit numbers are strings')
    .action((options: QueryOptions) => {
      using file = CncFile.open(options.directory, options);
      show(file, options.json ?? false);
    });
}

function withoutKey({ key, ...counter }: { key: Buffer }): object {
  return { ...counter, key: key.toString('hex') };
}

function printRows(head: string[], rows: string[][]): void {
  printText(`${renderColumns(head, rows)}\n`);
}
