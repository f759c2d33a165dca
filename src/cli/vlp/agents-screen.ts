/** All agents on the terminal, drawn anew a few times a second. */
import { type AgentState, Status, statusLabel, type VlpObserver } from '../../health/index.js';
import { coloursFor } from '../rendering/colours.js';
import { renderColumns } from '../rendering/table.js';

const DRAW_MILLIS = 250;
const HISTORY = 24;
const BARS = '▁▂▃▄▅▆▇█';
const HOME_AND_CLEAR = '\u001b[H\u001b[J';
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';

export class AgentsScreen implements Disposable {
  readonly #observer: VlpObserver;
  /** The last payloads of each agent, oldest first. */
  readonly #payloads = new Map<string, number[]>();
  readonly #timer: NodeJS.Timeout;

  constructor(observer: VlpObserver) {
    this.#observer = observer;
    process.stdout.write(ENTER);
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), DRAW_MILLIS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    process.stdout.write(LEAVE);
  }

  #draw(): void {
    const agents = this.#observer.agents();
    this.#remember(agents);
    const lines = screenText(agents, (agent) => this.#payloads.get(keyOf(agent)) ?? []).split('\n');
    process.stdout.write(
      HOME_AND_CLEAR + lines.slice(0, Math.max(1, (process.stdout.rows || 24) - 1)).join('\n'),
    );
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

/** The table: one line per agent, those in trouble first. */
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

/** The course of some numbers in block characters, from the least to the largest of them. */
export function sparkline(values: readonly number[]): string {
  const least = Math.min(...values);
  const range = Math.max(...values) - least;
  return values
    .map((value) => BARS[range === 0 ? 0 : Math.round(((value - least) / range) * (BARS.length - 1))])
    .join('');
}

function age(millis: number): string {
  return millis < 10_000 ? `${Math.round(millis)} ms` : `${Math.round(millis / 1000)} s`;
}

function keyOf({ pid, source }: AgentState): string {
  return `${source} ${pid}`;
}
