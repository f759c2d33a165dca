/** The processes of a manager: followed output, and actions. */
import { StringDecoder } from 'node:string_decoder';
import { ControlError, type LogStream } from '../../control/index.js';
import type { LogAnswer } from '../api/answers.js';
import { EventStream } from '../server/event-stream.js';
import { HttpError } from '../server/http-error.js';
import { type Call, type Route, sendJson } from '../server/route.js';
import { ACTIONS, type Action, type ProcessControl } from './process-control.js';

/** Most outputs that are followed at a time. */
const MAX_LOGS = 32;
const LONGEST_ID = 255;

/** The routes. Without a manager each of them answers 404. */
export function processRoutes(control: ProcessControl | null): Route[] {
  let logs = 0;

  async function followLog(call: Call): Promise<void> {
    const manager = required(control);
    const stream = outputStream(call);
    if (logs >= MAX_LOGS) throw new HttpError(503, 'BUSY', 'too many outputs are followed at this moment');
    logs++;
    try {
      await sendLog(manager, processId(call), stream, call);
    } finally {
      logs--;
    }
  }

  const action = (name: Action): Route => ({
    method: 'POST',
    path: `/api/processes/{id}/${name}`,
    handle: async (call) => {
      await required(control).act(name, processId(call));
      sendJson(call.response, { done: true });
    },
  });

  return [{ method: 'GET', path: '/api/processes/{id}/log', handle: followLog }, ...ACTIONS.map(action)];
}

/** Sends output as text. Back pressure reaches the manager, which drops what this reader is too slow for. */
async function sendLog(manager: ProcessControl, id: string, output: LogStream, call: Call): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let stream: EventStream | null = null;
  try {
    for await (const chunk of manager.log(id, output, call.signal)) {
      stream ??= new EventStream(call.response);
      const answer: LogAnswer = { text: decoder.write(chunk) };
      stream.send('log', JSON.stringify(answer));
      await stream.ready();
    }
  } catch (error) {
    if (stream === null || !(error instanceof ControlError)) throw error;
  }
  stream?.end();
}

function required(control: ProcessControl | null): ProcessControl {
  if (control !== null) return control;
  throw new HttpError(404, 'NO_MANAGER', 'no process manager is observed: use --runtime-dir');
}

function processId({ parameters: { id = '' } }: Call): string {
  if (id !== '' && id.length <= LONGEST_ID) return id;
  throw new HttpError(404, 'NOT_FOUND', 'no such process');
}

function outputStream({ query }: Call): LogStream {
  const name = query.get('stream') ?? 'stdout';
  if (name === 'stdout') return 0;
  if (name === 'stderr') return 1;
  throw new HttpError(400, 'BAD_QUERY', 'stream must be stdout or stderr');
}
