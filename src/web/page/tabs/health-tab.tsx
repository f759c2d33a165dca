/** Agents that send heartbeats: status, age of the last beat, and the statuses of the last 15 minutes. */
import { useState } from 'preact/hooks';
import type {
  AgentSample,
  AgentTimelineAnswer,
  SessionAnswer,
  Snapshot,
  StatusPeriod,
} from '../../api/answers.js';
import { useReloaded } from '../live/use-reloaded.js';
import { duration, timeOfDay, whole } from '../parts/format.js';
import { Empty, State } from '../parts/small.js';

const SHOWN_MILLIS = 15 * 60 * 1000;
const RELOAD_MILLIS = 5000;

/** The tab. */
export function HealthTab({
  snapshot,
  session,
}: {
  readonly snapshot: Snapshot;
  readonly session: SessionAnswer;
}) {
  const timelines = useTimelines();
  if (session.sources.health === null) {
    return (
      <Empty title="No health socket">
        Observe agents with <code>ringwire web --health-socket</code> and the path that they send their beats
        to.
      </Empty>
    );
  }
  if (snapshot.agents.length === 0) {
    return (
      <Empty title="No agents">
        No agent has sent a beat to <code>{session.sources.health}</code> yet. Try{' '}
        <code>ringwire vlp beat</code>.
      </Empty>
    );
  }
  return (
    <section aria-label="Health">
      <div class="tools">
        <p class="path">{session.sources.health}</p>
      </div>
      <div class="scroll">
        <table class="agents">
          <thead>
            <tr>
              <th scope="col">Agent</th>
              <th scope="col">Status</th>
              <th scope="col" class="number">
                Last beat
              </th>
              <th scope="col" class="timeline-column">
                Last 15 minutes
              </th>
              <th scope="col" class="number wide">
                Queue
              </th>
              <th scope="col" class="number wide">
                Errors
              </th>
              <th scope="col" class="number wide">
                Beats
              </th>
              <th scope="col" class="number wide">
                Stalls
              </th>
            </tr>
          </thead>
          <tbody>
            {snapshot.agents.map((agent) => (
              <AgentRow
                key={keyOf(agent)}
                agent={agent}
                periods={timelines.get(keyOf(agent)) ?? []}
                now={snapshot.takenAtMs}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function AgentRow(props: {
  readonly agent: AgentSample;
  readonly periods: readonly StatusPeriod[];
  readonly now: number;
}) {
  const { agent, periods, now } = props;
  return (
    <tr>
      <th scope="row">
        {agent.pid} <span class="faint wide">{agent.address ?? agent.source}</span>
      </th>
      <td>
        <State state={agent.status} />
      </td>
      <td class="number">{duration(agent.beatAgeMs)}</td>
      <td class="timeline-column">
        <Timeline periods={periods} now={now} />
      </td>
      <td class="number wide">{whole(agent.queueDepth)}</td>
      <td class="number wide">{whole(agent.errorCount)}</td>
      <td class="number wide">{whole(agent.beats)}</td>
      <td class={`number wide ${agent.stalls > 0 ? 'lost' : ''}`}>{whole(agent.stalls)}</td>
    </tr>
  );
}

function Timeline({ periods, now }: { readonly periods: readonly StatusPeriod[]; readonly now: number }) {
  const share = (time: number) => Math.min(Math.max(1 - (now - time) / SHOWN_MILLIS, 0), 1);
  const bad = periods.filter(({ status }) => status !== 'ok');
  const label =
    bad.length === 0
      ? 'always ok'
      : bad.map(({ status, fromMs }) => `${status} at ${timeOfDay(fromMs)}`).join(', ');
  return (
    <span class="timeline" role="img" aria-label={label}>
      {periods.map(({ status, fromMs, toMs }, i) => {
        const left = share(fromMs);
        const right = share(i === periods.length - 1 ? now : toMs);
        return (
          <span
            key={fromMs}
            class={status}
            title={`${status} from ${timeOfDay(fromMs)}`}
            style={{ left: `${left * 100}%`, width: `${Math.max(right - left, 0.003) * 100}%` }}
          />
        );
      })}
    </span>
  );
}

function useTimelines(): ReadonlyMap<string, readonly StatusPeriod[]> {
  const [timelines, setTimelines] = useState<ReadonlyMap<string, readonly StatusPeriod[]>>(new Map());
  useReloaded<AgentTimelineAnswer[]>('/api/health/timeline', RELOAD_MILLIS, (all) =>
    setTimelines(new Map(all.map((timeline) => [keyOf(timeline), timeline.periods]))),
  );
  return timelines;
}

function keyOf({ pid, source, address }: Pick<AgentSample, 'pid' | 'source' | 'address'>): string {
  return `${source} ${address ?? ''} ${pid}`;
}
