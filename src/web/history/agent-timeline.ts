/** The statuses of health agents over the last 15 minutes, as periods of equal status. */
import type { AgentSample, Snapshot } from '../../metrics/index.js';
import type { AgentTimelineAnswer, StatusPeriod } from '../api/answers.js';

const KEPT_MS = 15 * 60 * 1000;
/** Most periods of one agent; older ones are dropped. */
const MAX_PERIODS = 200;
const MAX_AGENTS = 1024;

interface Timeline {
  readonly agent: AgentSample;
  readonly periods: StatusPeriod[];
}

/** Keeps the timelines of all agents of the snapshots that it receives. */
export class AgentTimelines {
  readonly #agents = new Map<string, Timeline>();

  /** Adds a snapshot. */
  add({ agents, takenAtMs }: Snapshot): void {
    for (const agent of agents) this.#addAgent(agent, takenAtMs);
    for (const [key, { periods }] of this.#agents) {
      while (periods[0] !== undefined && periods[0].toMs < takenAtMs - KEPT_MS) periods.shift();
      if (periods.length === 0) this.#agents.delete(key);
    }
  }

  /** The timelines of all agents. */
  all(): AgentTimelineAnswer[] {
    return [...this.#agents.values()].map(({ agent, periods }) => ({
      pid: agent.pid,
      source: agent.source,
      address: agent.address,
      periods,
    }));
  }

  #addAgent(agent: AgentSample, now: number): void {
    const key = `${agent.source} ${agent.address ?? ''} ${agent.pid}`;
    let timeline = this.#agents.get(key);
    if (timeline === undefined) {
      if (this.#agents.size >= MAX_AGENTS) return;
      timeline = { agent, periods: [] };
      this.#agents.set(key, timeline);
    }
    const { periods } = timeline;
    const last = periods.at(-1);
    if (last?.status === agent.status) last.toMs = now;
    else {
      if (last !== undefined) last.toMs = now;
      periods.push({ status: agent.status, fromMs: now, toMs: now });
      if (periods.length > MAX_PERIODS) periods.shift();
    }
  }
}
