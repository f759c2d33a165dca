/** The processes of a supervisor: state, figures, output and actions. */
import { useState } from 'preact/hooks';
import type { ProcessSample, SessionAnswer, Snapshot } from '../../api/answers.js';
import { postAction } from '../live/api.js';
import { addressOf } from '../live/use-route.js';
import { Confirmation } from '../parts/confirmation.js';
import { bytes, duration, percent, whole } from '../parts/format.js';
import { Empty, State } from '../parts/small.js';
import { ProcessLog } from './process-log.js';

const VERBS = { start: 'Start', stop: 'Stop', restart: 'Restart' } as const;
type Action = keyof typeof VERBS;
const RUNNING = new Set(['starting', 'running', 'restarting', 'stopping']);

interface Asked {
  readonly action: Action;
  readonly id: string;
}

/** The tab. `chosen`: the process whose output is shown. */
export function ProcessesTab(props: {
  readonly snapshot: Snapshot;
  readonly session: SessionAnswer;
  readonly chosen: string | null;
}) {
  const { snapshot, session, chosen } = props;
  const [asked, setAsked] = useState<Asked | null>(null);
  const [report, setReport] = useState('');
  if (session.sources.processes === null) {
    return (
      <Empty title="No supervisor">
        Start one with <code>ringwire ctl run</code>, then <code>ringwire web --runtime-dir</code> with its
        folder.
      </Empty>
    );
  }
  const act = async ({ action, id }: Asked) => {
    setAsked(null);
    setReport(`${VERBS[action]} ${id} …`);
    const failure = await postAction(
      `/api/processes/${encodeURIComponent(id)}/${action}`,
      session.actionKey ?? '',
    ).then(
      () => null,
      (error: Error) => error.message,
    );
    setReport(failure === null ? `${VERBS[action]} ${id}: done` : `${VERBS[action]} ${id}: ${failure}`);
  };
  return (
    <section aria-label="Processes">
      <div class="tools">
        <p class="report" role="status">
          {report}
        </p>
        <p class="path">{session.sources.processes}</p>
      </div>
      <div class="scroll">
        <table class="processes">
          <thead>
            <tr>
              <th scope="col">Process</th>
              <th scope="col">State</th>
              <th scope="col" class="number wide">
                Pid
              </th>
              <th scope="col" class="number wide">
                CPU
              </th>
              <th scope="col" class="number wide">
                Memory
              </th>
              <th scope="col" class="number wide">
                Uptime
              </th>
              <th scope="col" class="number wide">
                Restarts
              </th>
              <th scope="col" class="wide">
                Last exit
              </th>
              {session.actionKey !== null && (
                <th scope="col">
                  <span class="hidden">Actions</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {snapshot.processes.map((process) => (
              <ProcessRow
                key={process.id}
                process={process}
                isChosen={process.id === chosen}
                onAct={session.actionKey === null ? null : (action) => setAsked({ action, id: process.id })}
              />
            ))}
          </tbody>
        </table>
      </div>
      {snapshot.processes.length === 0 && <p class="note">No processes.</p>}
      {chosen === null ? (
        snapshot.processes.length > 0 && <p class="note">Choose a process to follow its output.</p>
      ) : (
        <ProcessLog key={chosen} id={chosen} />
      )}
      {asked !== null && (
        <Confirmation
          question={`${VERBS[asked.action]} the process ${asked.id}?`}
          verb={VERBS[asked.action]}
          onConfirm={() => void act(asked)}
          onCancel={() => setAsked(null)}
        />
      )}
    </section>
  );
}

function ProcessRow(props: {
  readonly process: ProcessSample;
  readonly isChosen: boolean;
  readonly onAct: ((action: Action) => void) | null;
}) {
  const { process, isChosen, onAct } = props;
  const { id, name, state, pid, cpu, rss, uptimeMs, restarts } = process;
  const actions: readonly Action[] = RUNNING.has(state) ? ['restart', 'stop'] : ['start'];
  return (
    <tr class={isChosen ? 'chosen' : ''}>
      <th scope="row">
        <a href={addressOf('processes', id)} data-row aria-current={isChosen ? 'true' : undefined}>
          {id}
        </a>{' '}
        {name !== '' && name !== id && <span class="faint wide">{name}</span>}
      </th>
      <td>
        <State state={state} />
      </td>
      <td class="number wide">{pid === 0 || uptimeMs === null ? '–' : pid}</td>
      <td class="number wide">{cpu === null ? '–' : percent(cpu)}</td>
      <td class="number wide">{rss === 0 ? '–' : bytes(rss)}</td>
      <td class="number wide">{duration(uptimeMs)}</td>
      <td class="number wide">{whole(restarts)}</td>
      <td class="wide">{lastExit(process)}</td>
      {onAct !== null && (
        <td class="actions">
          {actions.map((action) => (
            <button
              key={action}
              type="button"
              aria-label={`${VERBS[action]} ${id}`}
              onClick={() => onAct(action)}
            >
              {VERBS[action]}
            </button>
          ))}
        </td>
      )}
    </tr>
  );
}

function lastExit({ exitCode, exitSignal }: ProcessSample): string {
  if (exitSignal !== null && exitSignal !== '') return exitSignal;
  return exitCode === null ? '–' : `code ${exitCode}`;
}
