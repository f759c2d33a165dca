/** What the server remembers: one value a second for 15 minutes, in bounded memory. */
import { describe, expect, it } from 'vitest';
import type { AgentSample, ChannelSample, ReaderSample, Snapshot } from '../../src/metrics/index.js';
import { AgentTimelines } from '../../src/web/history/agent-timeline.js';
import { ChannelHistory } from '../../src/web/history/channel-history.js';

const EMPTY: Snapshot = {
  ...{ takenAtMs: 0, durationMs: 0, channels: [], processes: [], agents: [] },
  ...{ aeron: null, relays: [], faults: [] },
};

const reader = (name: string, lagBytes: number) => ({ name, pid: 1, slot: 0, lagBytes }) as ReaderSample;
const channel = (id: string, recordsPerSecond: number | null, readers: ReaderSample[] = []) =>
  ({ id, recordsPerSecond, payloadBytesPerSecond: 10, readers }) as unknown as ChannelSample;
const at = (second: number, channels: ChannelSample[]): Snapshot => ({
  ...EMPTY,
  takenAtMs: second * 1000,
  channels,
});

describe('the history of channels', () => {
  it('holds the values of the last 900 snapshots, oldest first', () => {
    const history = new ChannelHistory();
    for (let second = 0; second < 1000; second++) history.add(at(second, [channel('1', second)]));
    const { times, recordsPerSecond } = history.of('1') ?? { times: [], recordsPerSecond: [] };
    expect(times.length).toBe(900);
    expect([times[0], times.at(-1)]).toEqual([100_000, 999_000]);
    expect([recordsPerSecond[0], recordsPerSecond.at(-1)]).toEqual([100, 999]);
  });

  it('has null where a value is unknown or the reader was absent', () => {
    const history = new ChannelHistory();
    history.add(at(0, [channel('1', null)]));
    history.add(at(1, [channel('1', 5, [reader('slow', 70)])]));
    history.add(at(2, [channel('1', 6)]));
    history.add(at(3, [channel('1', 7, [reader('slow', 90)])]));
    expect(history.of('1')?.recordsPerSecond).toEqual([null, 5, 6, 7]);
    expect(history.of('1')?.readers).toEqual([{ name: 'slow (1, slot 0)', lagBytes: [null, 70, null, 90] }]);
  });

  it('forgets channels 15 minutes after their last value', () => {
    const history = new ChannelHistory();
    history.add(at(0, [channel('1', 1)]));
    for (let second = 1; second < 900; second++) history.add(at(second, []));
    expect(history.of('1')?.recordsPerSecond[0]).toBe(1);
    history.add(at(900, []));
    expect(history.of('1')).toBeNull();
  });

  it('keeps at most 4096 series, and takes new ones when others end', () => {
    const history = new ChannelHistory();
    const many = Array.from({ length: 3000 }, (_, i) => channel(String(i), 1));
    history.add(at(0, many));
    expect(history.of('2047')).not.toBeNull();
    expect(history.of('2048')).toBeNull();
    for (let second = 1; second <= 901; second++) history.add(at(second, [channel('2999', 2)]));
    expect(history.of('2999')?.recordsPerSecond.at(-1)).toBe(2);
  });
});

describe('the timeline of agents', () => {
  const agent = (status: AgentSample['status']) =>
    ({ pid: 7, source: 'socket', address: null, status }) as AgentSample;
  const snapshot = (second: number, ...agents: AgentSample[]): Snapshot => ({
    ...EMPTY,
    takenAtMs: second * 1000,
    agents,
  });

  it('joins equal statuses into periods', () => {
    const timelines = new AgentTimelines();
    timelines.add(snapshot(0, agent('ok')));
    timelines.add(snapshot(1, agent('ok')));
    timelines.add(snapshot(2, agent('stall')));
    timelines.add(snapshot(3, agent('stall')));
    expect(timelines.all()[0]?.periods).toEqual([
      { status: 'ok', fromMs: 0, toMs: 2000 },
      { status: 'stall', fromMs: 2000, toMs: 3000 },
    ]);
  });

  it('forgets periods after 15 minutes, keeps at most 200 for an agent, and forgets agents without any', () => {
    const timelines = new AgentTimelines();
    for (let second = 0; second < 500; second++)
      timelines.add(snapshot(second, agent(second % 2 ? 'ok' : 'degraded')));
    expect(timelines.all()[0]?.periods.length).toBe(200);
    timelines.add(snapshot(1100));
    expect(timelines.all()[0]?.periods.length).toBe(200);
    timelines.add(snapshot(1350));
    expect(timelines.all()[0]?.periods[0]?.toMs).toBe(450_000);
    timelines.add(snapshot(2000));
    expect(timelines.all()).toEqual([]);
  });
});
