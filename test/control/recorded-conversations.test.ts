/**
 * The conversations recorded with the original servers, byte by byte. Where ours answers differently on purpose, the
 * case and the deviation are named here, and the answer that ours gives instead is checked as well.
 */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import tmp from 'tmp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ControlError, ControlServer, decodeBody, MessageType } from '../../src/control/index.js';
import { readJson, vectorsFolder } from '../vectors.js';
import { RawSocket } from './raw-socket.js';
import { ScriptedService } from './scripted-service.js';

interface Reply {
  type: string;
  flags: number;
  seq: string;
  len: number;
  body: string;
}
interface Case {
  name: string;
  sent: (string | number)[];
  replies: Reply[];
  server_closed: boolean;
}
interface Deviation {
  why: string;
  /** Replies of type A3 whose `err` begins so, in place of the recorded ones. */
  errors?: string[];
  closed?: boolean;
}

const BROKEN_BODY = 'deviation 5: an error instead of acting on a broken body';
const DEVIATIONS: Record<string, Deviation> = {
  'status garbage body': { why: BROKEN_BODY, errors: ['bad request: msgpack: code c1'] },
  'status id then bad field (partial decode)': { why: BROKEN_BODY, errors: ['bad request: msgpack: '] },
  'logs garbage body': { why: BROKEN_BODY, errors: ['bad request: msgpack: code c1'] },
  'events garbage body (= all)': { why: BROKEN_BODY, errors: ['bad request: msgpack: code c1'] },
  'HTTP on the socket': {
    why: 'closed by both; the original leaves bytes unread, so its client sees a reset instead of an end',
    closed: true,
  },
  'events subscribe then half-close, then event': {
    why: 'deviation 3: the close of a stream client is noticed at once',
    closed: true,
  },
};
/** v0.2.0 ignores `types` and `ln`; ours is the newer server. */
const ONLY_NEWER = ['events types filter (v0.3+)', 'logs lines=1 (v0.3+)'];
const QUIET_MILLIS = 120;

const folder = vectorsFolder('control');

describe.each(['v0.2.0', 'v0.4.6'])('a server of ours in a conversation with %s', (version) => {
  const cases = readJson<{ cases: Case[] }>(path.join(folder, `server_behaviour_${version}.json`)).cases;
  const service = new ScriptedService();
  const server = new ControlServer(service);
  const runtime = tmp.dirSync({ prefix: 'ringwire-test-', unsafeCleanup: true });
  const socketPath = path.join(runtime.name, 'manager.sock');

  beforeAll(() => server.listen(socketPath));
  afterAll(async () => {
    await server.close();
    runtime.removeCallback();
  });

  it('has 53 cases', () => expect(cases).toHaveLength(53));

  for (const recorded of cases) {
    if (recorded.name === 'after second server start') {
      it('deviation 1: refuses a second server on the path, and the first continues', async () => {
        const second = new ControlServer(new ScriptedService());
        await expect(second.listen(socketPath)).rejects.toMatchObject({ code: 'SERVER_RUNNING' });
        await second.close();
        const client = await RawSocket.connect(socketPath);
        client.send(recorded.sent[0] as string);
        await client.until(() => client.frames.length === 1);
        const { entry } = decodeBody(MessageType.StatusResponse, client.frames[0]?.body as Buffer);
        expect(entry).toMatchObject({ id: 'p1', state: 'stopping' });
        client.destroy();
      });
      continue;
    }
    const deviation = DEVIATIONS[recorded.name];
    const older = version === 'v0.2.0' && ONLY_NEWER.includes(recorded.name);
    const note = older ? ' (v0.2.0 ignores the newer keys)' : deviation ? ` (${deviation.why})` : '';
    it(`${recorded.name}${note}`, async () => {
      // The stream of the case before is not that of this one.
      while (server.load.connections > 0) await pause(1);
      const client = await RawSocket.connect(socketPath);
      const expected = older ? sameCase('v0.4.6', recorded.name) : recorded;
      await play(client, { ...expected, sent: recorded.sent, ...overrides(deviation) }, service, server);
      if (deviation?.errors === undefined) expect(client.frames.map(asRecorded)).toEqual(expected.replies);
      else {
        expect(client.frames).toHaveLength(deviation.errors.length);
        for (const [i, error] of deviation.errors.entries()) {
          expect(client.frames[i]?.type).toBe(MessageType.StatusResponse);
          const { err } = decodeBody(MessageType.StatusResponse, client.frames[i]?.body as Buffer);
          expect(err.startsWith(error)).toBe(true);
        }
      }
      expect(client.ended).toBe(deviation?.closed ?? recorded.server_closed);
      client.destroy();
    });
  }

  it('never acted on a broken body: only the three stops of the recording reached the manager', () => {
    expect(service.calls).toEqual(['stop p2', 'stop p1', 'stop p2', 'stop zz']);
    expect(() => service.statusOf('zz')).toThrow(ControlError);
  });
});

function sameCase(version: string, wanted: string): Case {
  const file = path.join(folder, `server_behaviour_${version}.json`);
  return readJson<{ cases: Case[] }>(file).cases.find(({ name }) => name === wanted) as Case;
}

/** What to wait for where ours deviates. */
function overrides(deviation: Deviation | undefined): Partial<Case> {
  return {
    ...(deviation?.closed === undefined ? {} : { server_closed: deviation.closed }),
    ...(deviation?.errors === undefined ? {} : { replies: deviation.errors.map(() => ({}) as Reply) }),
  };
}

/** Sends what was sent, and then waits until everything has come and the connection stays quiet. */
async function play(
  client: RawSocket,
  { name, sent, replies, server_closed }: Case,
  service: ScriptedService,
  server: ControlServer,
): Promise<void> {
  for (const item of sent) {
    if (typeof item === 'number') {
      // The pauses of the recording waited for the subscription: wait for that.
      if (item < 20) await pause(item);
      else while (server.load.streams === 0 && client.frames.length === 0) await pause(1);
    } else if (item.startsWith('{')) act(service, item);
    else if (item.includes('…')) {
      client.send('c1d901a000000000000000000101000000');
      client.socket.write(Buffer.alloc(16 * 1024 * 1024));
    } else client.send(item);
  }
  if (name.includes('half-close')) client.socket.end();
  await client.until(() => client.frames.length >= replies.length || client.ended);
  if (server_closed) await client.until(() => client.ended);
  else await pause(QUIET_MILLIS);
}

function act(service: ScriptedService, json: string): void {
  const { op, id, stream, data, type } = JSON.parse(json);
  if (op === 'log') service.log(id, stream, Buffer.from(data));
  else service.emit({ id, type, time: BigInt(/"ts":(\d+)/.exec(json)?.[1] ?? 0) });
}

function asRecorded(frame: { type: number; flags: number; seq: bigint; body: Buffer }): Reply {
  return {
    type: `0x${frame.type.toString(16)}`,
    flags: frame.flags,
    seq: frame.seq.toString(),
    len: frame.body.length,
    body: frame.body.toString('hex'),
  };
}
