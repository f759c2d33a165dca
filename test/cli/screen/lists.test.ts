/** The lists of `top`, `ctl top` and `vlp watch --tui` at all widths of a terminal. */
import fc from 'fast-check';
import picocolors from 'picocolors';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { topList } from '../../../src/cli/commands/ctl/top-list.js';
import { channelList } from '../../../src/cli/commands/top/channel-list.js';
import { agentList, type NamedAgent } from '../../../src/cli/commands/vlp/agent-list.js';
import { printable } from '../../../src/cli/rendering/printable.js';
import { LastMinute } from '../../../src/cli/screen/last-minute.js';
import type { ListContent } from '../../../src/cli/screen/list-content.js';
import { ListView } from '../../../src/cli/screen/list-view.js';
import type { WireEntry } from '../../../src/control/index.js';
import type { ChannelSample, ReaderSample } from '../../../src/metrics/index.js';
import { sized } from '../../size.js';

const plain = picocolors.createColors(false);
const RUNS = { numRuns: sized({ test: 40, all: 1000, long: 10_000 }) };

const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const share = fc.double({ min: 0, max: 100, noNaN: true });
const perSecond = fc.option(fc.double({ min: 0, max: 1e12, noNaN: true }));
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const text = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ maxLength: 30, unit: fc.constantFrom('漢', '😀', 'a', '\u001b', '\n') }),
);

const reader: fc.Arbitrary<ReaderSample> = fc.record({
  name: text,
  pid: fc.option(fc.nat()),
  slot: fc.option(fc.nat(31)),
  state: fc.constantFrom('active', 'observing', 'evicted', 'cursor'),
  position: whole,
  lagBytes: whole,
  lagRecords: whole,
  lagShare: share,
  lost: whole,
  laps: fc.nat(),
  alive: fc.option(fc.boolean()),
});

const channel: fc.Arbitrary<ChannelSample> = fc.record({
  id: u64.map(String),
  name: fc.option(fc.string({ maxLength: 128, unit: fc.constantFrom('a', 'Z', '0', '.', '-', '_') })),
  root: text,
  path: text,
  kind: fc.constantFrom('log', 'ring', 'journal', null),
  state: fc.constantFrom(
    ...(['alive', 'late', 'dead', 'closed', 'not-ready', 'damaged', 'missing', 'unreadable'] as const),
  ),
  pid: fc.option(fc.nat()),
  capacity: whole,
  position: whole,
  oldestPosition: whole,
  records: whole,
  payloadBytes: whole,
  payloadExact: fc.boolean(),
  readableRecords: fc.option(whole),
  caughtUp: fc.boolean(),
  fill: whole,
  restarts: fc.option(fc.nat()),
  heartbeatAgeMs: fc.option(fc.nat()),
  timeoutMs: fc.option(fc.nat()),
  recordsPerSecond: perSecond,
  payloadBytesPerSecond: perSecond,
  readers: fc.array(reader, { maxLength: 3 }),
  error: fc.option(text),
  errorCode: fc.option(fc.constant('CORRUPT_CHANNEL')),
});

const entry: fc.Arbitrary<WireEntry> = fc.record(
  {
    id: text,
    name: text,
    state: fc.constantFrom('pending', 'starting', 'running', 'restarting', 'failed', 'stopped'),
    pid: fc.nat(4_194_304),
    rss: fc.nat(),
    restarts: fc.nat(),
    exit: fc.nat(255),
    signal: fc.constantFrom('SIGKILL', 'SIGTERM'),
    uptime: fc.integer({ min: 0, max: 1e11 }),
    cpu: fc.nat(1_000_000),
  },
  { requiredKeys: ['id', 'name', 'state', 'pid', 'rss'] },
);

const agent: fc.Arbitrary<NamedAgent> = fc.record({
  name: fc.option(text),
  state: fc.record({
    pid: fc.nat(4_194_304),
    source: fc.constantFrom('socket', 'channel', 'udp'),
    address: fc.option(fc.constant('10.0.0.1')),
    status: fc.constantFrom(0, 1, 2, 3),
    payload: u64,
    lastNonce: u64,
    silentMs: fc.nat(),
    beats: fc.nat(),
    stalls: fc.nat(),
  }),
});

/** Checks the list, the details and the help at a width; the headings are there from 80 columns on. */
function holds<Row>(content: ListContent<Row>, rows: fc.Arbitrary<Row>, headings: readonly string[]): void {
  const width = fc.integer({ min: 40, max: 200 });
  fc.assert(
    fc.property(fc.array(rows, { minLength: 1, maxLength: 5 }), width, (items, columns) => {
      const view = new ListView(content);
      view.update(items, '/a/folder');
      for (const page of ['list', 'details', 'help']) {
        if (page === 'details') view.onKey('enter');
        if (page === 'help') view.onKey('?');
        // The last column of a terminal stays empty.
        const lines = view.frame(columns - 1, 40, plain);
        for (const line of lines) expect(stringWidth(line), line).toBeLessThan(columns);
        for (const line of lines) expect(printable(line)).toBe(line);
        if (page !== 'list' || columns < 80) continue;
        for (const heading of headings) expect(lines[1]).toContain(heading);
        const [first] = content.lines(items[0] as Row, plain);
        // Only a name is ever cut.
        for (const [i, { drop, cut }] of content.columns.entries())
          if (drop === 0 && !cut) expect(lines.join('\n')).toContain(first?.[i]?.text);
      }
    }),
    RUNS,
  );
}

describe('at 40 to 200 columns', () => {
  test('top shows name, rate, lag, lost and state from 80 on, and no line is too wide', () => {
    holds(channelList(new LastMinute()), channel, ['CHANNEL', 'STATE', 'RECORDS/S', 'LAG', 'LOST']);
  });

  test('ctl top shows id, state, CPU, memory and restarts', () => {
    const usage = { cpu: new LastMinute(), memory: new LastMinute() };
    holds(topList(usage), entry, ['ID', 'STATE', 'CPU%', 'RSS', 'RESTARTS']);
  });

  test('vlp watch shows pid, status, age, beats and stalls', () => {
    holds(agentList(new LastMinute()), agent, ['PID', 'STATUS', 'AGE', 'BEATS', 'STALLS']);
  });
});

describe('the orders', () => {
  const sorted = <Row>({ orders }: ListContent<Row>, rows: readonly Row[], name: string) =>
    [...rows].sort(orders.find((order) => order.name === name)?.compare);

  test('of top put the largest rate, lag and loss first', () => {
    const content = channelList(new LastMinute());
    fc.assert(
      fc.property(fc.array(channel, { maxLength: 6 }), (channels) => {
        const rates = sorted(content, channels, 'rate').map(({ recordsPerSecond }) => recordsPerSecond ?? -1);
        expect(rates).toEqual([...rates].sort((a, b) => b - a));
        const lags = sorted(content, channels, 'lag').map(({ readers }) =>
          Math.max(-1, ...readers.map(({ lagBytes }) => lagBytes)),
        );
        expect(lags).toEqual([...lags].sort((a, b) => b - a));
      }),
      RUNS,
    );
  });

  test('of vlp watch put the worst status first', () => {
    fc.assert(
      fc.property(fc.array(agent, { maxLength: 6 }), (agents) => {
        const statuses = sorted(agentList(new LastMinute()), agents, 'status').map(
          ({ state }) => state.status,
        );
        expect(statuses).toEqual([...statuses].sort((a, b) => b - a));
      }),
      RUNS,
    );
  });
});
