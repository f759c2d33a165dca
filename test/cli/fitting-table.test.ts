/** Tables that fit the width of a terminal. */
import { describe, expect, it } from 'vitest';
import { coloursFor } from '../../src/cli/rendering/colours.js';
import { processList, uptimeText } from '../../src/cli/rendering/ctl/process-list.js';
import { type Column, fittingTable } from '../../src/cli/rendering/fitting-table.js';
import type { WireEntry } from '../../src/control/index.js';

const colours = coloursFor({});
const COLUMNS: readonly Column<readonly string[]>[] = [
  { title: 'A', cell: ([a = '']) => a },
  { title: 'B', cell: ([, b = '']) => b, right: true, keep: 2 },
  { title: 'C', cell: ([, , c = '']) => c, keep: 1, shrinksTo: 4 },
];

const ENTRY: WireEntry = {
  id: 'web',
  name: 'The web server',
  state: 'running',
  pid: 1234567,
  rss: 48 * 2 ** 20,
  restarts: 3,
  uptime: 3_723_000,
  cpu: 1250,
  ended: 'was not ready in time',
};

describe('a table', () => {
  it.each([
    [Number.POSITIVE_INFINITY, ['A      B  C', 'one  100  a long text', 'two    2  short']],
    [15, ['A      B  C', 'one  100  a lo…', 'two    2  short']],
    [13, ['A      B', 'one  100', 'two    2']],
    [5, ['A', 'one', 'two']],
    [1, ['A', '…', '…']],
  ])('of %s columns shrinks a column first, then drops the least important', (width, lines) => {
    const rows = [
      ['one', '100', 'a long text'],
      ['two', '2', 'short'],
    ];
    expect(fittingTable(COLUMNS, rows, { width, colours })).toBe(`${lines.join('\n')}\n`);
  });

  it('shows control characters of a cell as dots', () => {
    expect(fittingTable(COLUMNS, [['\u001b[31m', '1', 'x\ny']], { width: 80, colours })).toContain(
      '·[31m  1  x·y',
    );
  });
});

describe('the list of processes', () => {
  const list = (width: number, entry: WireEntry = ENTRY) => processList([entry], { width, colours });

  it('has all columns where there is room', () => {
    expect(list(120)).toBe(
      'ID   NAME            STATE        PID  RESTARTS  UPTIME    CPU  MEMORY  LAST EXIT\n' +
        'web  The web server  running  1234567         3    1h2m  12.5%  48 MiB  was not ready in time\n',
    );
  });

  it.each([20, 30, 40, 50, 60, 70, 80, 90])('fits %i columns', (width) => {
    const lines = list(width).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(width);
    expect(lines[1]).toMatch(/^web .*running/);
  });

  it('drops the name first, then the last exit, and keeps id and state', () => {
    expect(list(80)).not.toContain('NAME');
    expect(list(80)).toContain('LAST EXIT');
    expect(list(60)).not.toContain('LAST EXIT');
    expect(list(20)).toBe('ID   STATE\nweb  running\n');
  });

  it('shows a pid only while the process lives', () => {
    const { uptime: _, ...ended } = ENTRY;
    expect(list(120, { ...ended, state: 'crashed' })).toMatch(/crashed +- /);
    // A manager of cliwrap reports the state only.
    const original = { id: 'web', name: '', pid: 12, rss: 0 };
    expect(list(120, { ...original, state: 'running' })).toMatch(/running +12 +- +- +- +- +-\n/);
    expect(list(120, { ...original, state: 'crashed' })).toMatch(/crashed +- +- +- +- +- +-\n/);
  });
});

it('durations have two units at most', () => {
  expect([undefined, 0, 59_999, 90_000, 7_500_000, 273_600_000].map(uptimeText)).toEqual([
    ...['-', '0s', '59s', '1m30s', '2h5m', '3d4h'],
  ]);
});
