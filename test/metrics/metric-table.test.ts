/** The definitions of the metrics, and the bound on their labels. */
import { describe, expect, test } from 'vitest';
import {
  type AgentSample,
  type ChannelSample,
  METRICS,
  type MetricFamily,
  MetricTable,
  type ReaderSample,
  RelayRegistry,
  type Snapshot,
} from '../../src/metrics/index.js';

const EMPTY: Snapshot = {
  ...{ takenAtMs: 0, durationMs: 1, channels: [], processes: [], agents: [], aeron: null, relays: [] },
  faults: [],
};

const CHANNEL: ChannelSample = {
  name: null,
  ...{ id: '1', root: '/r', path: '/r/1', kind: 'ring', state: 'alive', pid: 1, capacity: 100, position: 80 },
  ...{ oldestPosition: 0, records: 5, payloadBytes: 40, payloadExact: false, readableRecords: 5, fill: 10 },
  ...{ caughtUp: true, restarts: 0, heartbeatAgeMs: 100, timeoutMs: null, recordsPerSecond: null },
  ...{ payloadBytesPerSecond: null, readers: [], error: null, errorCode: null },
};

const READER: ReaderSample = {
  ...{
    name: 'one',
    pid: 1,
    slot: 0,
    state: 'active',
    position: 0,
    lagBytes: 80,
    lagRecords: 5,
    lagShare: 0.8,
  },
  ...{ lost: 0, laps: 0, alive: true },
};

function rowsOf(families: readonly MetricFamily[], name: string) {
  return families.find((family) => family.name === name)?.rows;
}

describe('the definitions', () => {
  test('have distinct names in Prometheus and in OpenTelemetry, and follow the rules of names', () => {
    for (const pick of [
      (metric: (typeof METRICS)[0]) => metric.name,
      (metric: (typeof METRICS)[0]) => metric.otelName,
    ])
      expect(new Set(METRICS.map(pick)).size).toBe(METRICS.length);
    for (const { name, otelName, type, unit, help } of METRICS) {
      expect(name).toMatch(/^ringwire_[a-z]+(_[a-z]+)+$/);
      expect(otelName).toMatch(/^ringwire\.[a-z]+\.[a-z_]+$/);
      expect(name.endsWith('_total')).toBe(type === 'counter');
      expect(/_bytes(_total)?$/.test(name)).toBe(unit === 'By');
      expect(/_seconds$/.test(name)).toBe(unit === 's');
      expect(help).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('the labels', () => {
  test('beyond the limit share the value other: counters are added, ages and shares take the largest', () => {
    const channels = [1, 2, 3, 4].map((id) => ({
      ...CHANNEL,
      id: String(id),
      heartbeatAgeMs: id * 1000,
      fill: id * 10,
    }));
    const families = new MetricTable({ channel: 2 }).families({ ...EMPTY, channels });
    const other = { root: 'other', channel: 'other', kind: 'other' };
    expect(rowsOf(families, 'ringwire_channel_records_total')).toEqual([
      { labels: { root: '/r', channel: '1', kind: 'ring' }, value: 5 },
      { labels: { root: '/r', channel: '2', kind: 'ring' }, value: 5 },
      { labels: other, value: 10 },
    ]);
    expect(rowsOf(families, 'ringwire_channel_heartbeat_age_seconds')?.at(-1)).toEqual({
      labels: other,
      value: 4,
    });
    expect(rowsOf(families, 'ringwire_channel_fill_ratio')?.at(-1)).toEqual({ labels: other, value: 0.4 });
    expect(rowsOf(families, 'ringwire_channel_state')?.at(-1)).toEqual({
      labels: { ...other, state: 'alive' },
      value: 2,
    });
  });

  test('of readers that come and go under new names stay bounded, and are free again after an hour', () => {
    const table = new MetricTable({ reader: 3 });
    const names = new Set<string>();
    const look = (name: string, takenAtMs: number) => {
      const channels = [{ ...CHANNEL, readers: [{ ...READER, name }] }];
      const rows = rowsOf(table.families({ ...EMPTY, takenAtMs, channels }), 'ringwire_reader_lag_records');
      for (const { labels } of rows ?? []) names.add(labels['reader'] ?? '');
    };
    for (let i = 0; i < 1000; i++) look(`reader-${i}`, i);
    expect([...names]).toEqual(['reader-0', 'reader-1', 'reader-2', 'other']);
    look('late', 3_600_000 + 1000);
    expect(names.has('late')).toBe(true);
  });

  test('from other processes are shortened, and lose control characters', () => {
    const name = `evil\n"name"\u0000${'x'.repeat(1000)}`;
    const channels = [{ ...CHANNEL, readers: [{ ...READER, name }] }];
    const [row] =
      rowsOf(new MetricTable().families({ ...EMPTY, channels }), 'ringwire_reader_lag_records') ?? [];
    expect(row?.labels['reader']).toHaveLength(120);
    expect(row?.labels['reader']).toMatch(/^evil·"name"·x+$/);
  });

  test('of two agents with one pid over one transport share a row', () => {
    const agent: AgentSample = {
      ...{ pid: 7, source: 'socket', address: null, status: 'ok', beatAgeMs: 5, beats: 2, stalls: 0 },
      ...{ payload: '0', queueDepth: 0, errorCount: 0 },
    };
    const families = new MetricTable().families({ ...EMPTY, agents: [agent, agent] });
    expect(rowsOf(families, 'ringwire_agent_beats_total')).toEqual([
      { labels: { pid: '7', source: 'socket' }, value: 4 },
    ]);
  });

  test('have limits that are checked', () => {
    expect(() => new MetricTable({ channels: 5 } as object)).toThrow(
      /unknown limit 'channels'; expected one of channel,/,
    );
    expect(() => new MetricTable({ channel: 0 })).toThrow(/must be a whole number from 1, not 0/);
  });
});

test('a relay that ended is forgotten', () => {
  const relays = new RelayRegistry();
  relays.report('in')({ received: 5, dropped: 1, lag: null });
  expect(relays.samples()).toMatchObject([
    { name: 'in', direction: 'incoming', transferred: 5, lost: 1, lag: null, acknowledged: null },
  ]);
  relays.remove('in');
  expect(relays.samples()).toEqual([]);
});
