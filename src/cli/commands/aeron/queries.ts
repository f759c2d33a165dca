/** `ringwire aeron errors | loss | streams | backlog`: inspect a driver without being its client. */
import type { Command } from 'commander';
import { CncFile, readBacklogs } from '../../../aeron/index.js';
import { printJson, printText } from '../../print.js';
import { renderErrors, renderLosses } from '../../rendering/aeron-texts.js';
import { coloursFor } from '../../rendering/colours.js';
import { printable } from '../../rendering/printable.js';
import { fitColumns, terminalWidth } from '../../screen/fitted-columns.js';
import { passes, type StreamFilter, streamsIn, takesStreamFilter } from './counter-filter.js';
import { type DirectoryOptions, takesDirectory } from './options.js';

interface QueryOptions extends DirectoryOptions, StreamFilter {
  readonly json?: boolean;
}

/** Adds the commands to their group. */
export function registerQueries(group: Command): void {
  query(group, 'errors', 'print the distinct errors of the driver, as ErrorStat does', (file, json) => {
    if (json) printJson(file.errors());
    else printText(renderErrors(file.errors()));
  });
  query(group, 'loss', 'print the losses of the driver, as LossStat does', (file, json) => {
    if (json) printJson(file.losses());
    else printText(renderLosses(file.losses()));
  });
  const streams = query(group, 'streams', 'print the positions of every stream', (file, json, filter) => {
    const positions = streamsIn(file.counters, filter);
    const rows = positions.map((p) =>
      [p.streamId, p.sessionId, p.name, p.value, printable(p.channel)].map(String),
    );
    if (json) printJson(positions);
    else printRows(['stream', 'session', 'counter', 'value', 'channel'], rows);
  });
  takesStreamFilter(streams, 'channel');
  const backlog = query(
    group,
    'backlog',
    'print how many bytes each subscriber has not read',
    (file, json, filter) => {
      const backlogs = readBacklogs(file.counters).filter((each) => passes(each, filter));
      const rows = backlogs.flatMap((b) =>
        b.subscribers.map((s) =>
          [
            b.streamId,
            b.sessionId,
            s.registrationId,
            b.publisherPosition,
            s.behind,
            printable(b.channel),
          ].map(String),
        ),
      );
      if (json) printJson(backlogs);
      else printRows(['stream', 'session', 'subscriber', 'published', 'behind', 'channel'], rows);
    },
  );
  takesStreamFilter(backlog, 'channel');
}

function query(
  group: Command,
  name: string,
  description: string,
  show: (file: CncFile, json: boolean, filter: StreamFilter) => void,
): Command {
  return takesDirectory(group.command(name).description(description))
    .option('--json', 'print JSON; 64-bit numbers are strings')
    .action((options: QueryOptions) => {
      using file = CncFile.open(options.directory, options);
      show(file, options.json ?? false, options);
    });
}

/** The last column, the channel, is cut on a narrow terminal. */
function printRows(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const columns = head.map((title, i) => ({ title, drop: 0, ...(i === head.length - 1 && { cut: 1 }) }));
  const lines = rows.map((row) => row.map((text) => ({ text })));
  const table = fitColumns({ columns, lines }, terminalWidth(), coloursFor(process.stdout));
  printText(`${table.join('\n')}\n`);
}
