/** All agents on the terminal, redrawn four times a second. */
import { type AgentState, Status, statusLabel, type VlpObserver } from '../../../health/index.js';
import { FullScreen } from '../../full-screen.js';
import { coloursFor } from '../../rendering/colours.js';
import { sparkline } from '../../rendering/sparkline.js';
import { renderColumns } from '../../rendering/table.js';

const DRAW_MILLIS = 250;
const HISTORY = 24;

/** Redraws the table of agents until it is disposed. */
export class AgentsScreen implements Disposable {
  readonly #observer: VlpObserver;
  /** The last payloads of each agent, oldest first. */
  readonly #payloads = new Map<string, number[]>();
  readonly #screen: FullScreen;
  readonly #timer: NodeJS.Timeout;

  constructor(observer: VlpObserver) {
    this.#observer = observer;
    this.#screen = new FullScreen({ frame: () => this.#lines() });
    this.#timer = setInterval(() => this.#screen.draw(), DRAW_MILLIS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#screen[Symbol.dispose]();
  }

  #lines(): string[] {
    const agents = this.#observer.agents();
    this.#remember(agents);
    return screenText(agents, (agent) => this.#payloads.get(keyOf(agent)) ?? []).split('\n');
  }

  #remember(agents: readonly AgentState[]): void {
    const present = new Set(agents.map(keyOf));
    for (const key of this.#payloads.keys()) if (!present.has(key)) this.#payloads.delete(key);
    for (const agent of agents) {
      const payloads = this.#payloads.get(keyOf(agent)) ?? [];
      payloads.push(Number(agent.payload));
      this.#payloads.set(keyOf(agent), payloads.slice(-HISTORY));
    }
  }
}

/** The table: one line per agent, the worst status first. */
export function screenText(
  agents: readonly AgentState[],
  history: (agent: AgentState) => readonly number[],
): string {
  const { red, green, yellow } = coloursFor(process.stdout);
  const colours = {
    [Status.Ok]: green,
    [Status.Degraded]: yellow,
    [Status.Critical]: red,
    [Status.Stall]: red,
  };
  const rows = [...agents]
    .sort((a, b) => b.status - a.status || a.pid - b.pid)
    .map((agent) => [
      String(agent.pid),
      agent.source,
      colours[agent.status](statusLabel(agent.status)),
      age(agent.silentMs),
      String(agent.beats),
      String(agent.stalls),
      String(agent.payload),
      sparkline(history(agent)),
    ]);
  if (rows.length === 0) return 'no agents yet';
  const head = ['PID', 'BY', 'STATUS', 'AGE', 'BEATS', 'STALLS', 'PAYLOAD', 'PAYLOADS'];
  return renderColumns(head, rows, [0, 3, 4, 5, 6]);
}

function age(millis: number): string {
  return millis < 10_000 ? `${Math.round(millis)} ms` : `${Math.round(millis / 1000)} s`;
}

function keyOf({ pid, source, address }: AgentState): string {
  return `${source} ${address ?? ''} ${pid}`;
}
