/** The requests that the original does not know: answered by a service that has them, unknown requests elsewhere. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ControlClient,
  ControlServer,
  type ControlService,
  type ReloadReport,
} from '../../src/control/index.js';
import { encodeMessage } from '../../src/control/wire/message-codec.js';
import { MessageType } from '../../src/control/wire/message-layout.js';
import { run } from '../child.js';
import { temporaryFolder } from '../temporary.js';
import { RawSocket } from './raw-socket.js';
import { ScriptedService } from './scripted-service.js';

class ExtendedService extends ScriptedService implements ControlService {
  async reload(processes: readonly object[], dryRun: boolean): Promise<ReloadReport> {
    const changes = processes.map((spec) => ({
      id: (spec as { id: string }).id,
      action: 'start' as const,
      keys: [],
    }));
    return { applied: !dryRun, changes, failures: [] };
  }

  async scale(id: string, count: number): Promise<void> {
    this.calls.push(`scale ${id} ${count}`);
  }

  signal(id: string, name: string, group: boolean): void {
    this.calls.push(`signal ${id} ${name} ${group}`);
  }

  async restart(id: string): Promise<void> {
    this.calls.push(`restart ${id}`);
  }

  async shutdown(): Promise<void> {
    this.calls.push('shutdown');
  }
}

async function served<S extends ControlService>(service: S) {
  const server = new ControlServer(service);
  const socket = path.join(temporaryFolder(), 'manager.sock');
  await server.listen(socket);
  onTestFinished(() => server.close());
  const client = await ControlClient.dial(socket);
  onTestFinished(() => client.close());
  return { client, service, socket };
}

describe('reload, scale, signal, restart and shutdown', () => {
  it('reach the service with their values', async () => {
    const { client, service } = await served(new ExtendedService());
    expect(await client.reload([{ id: 'a' }], { dryRun: true })).toEqual({
      applied: false,
      changes: [{ id: 'a', action: 'start', keys: [] }],
      failures: [],
    });
    expect((await client.reload([])).applied).toBe(true);
    await client.scale('web', 4);
    await client.signal('web', 'HUP');
    await client.signal('web', 'SIGUSR2', { group: true });
    await client.restart('web');
    await client.shutdown();
    expect(service.calls).toEqual([
      'scale web 4',
      'signal web HUP false',
      'signal web SIGUSR2 true',
      'restart web',
      'shutdown',
    ]);
  });

  it('are unknown requests for a service without them, as for the original; restart stops and starts then', async () => {
    const { client, service } = await served(new ScriptedService());
    const unknown = { code: 'NOT_SUPPORTED' };
    await expect(client.reload([])).rejects.toMatchObject({
      ...unknown,
      message: 'unknown request type 0xb0',
    });
    await expect(client.scale('p1', 2)).rejects.toMatchObject(unknown);
    await expect(client.signal('p1', 'HUP')).rejects.toMatchObject(unknown);
    await expect(client.shutdown()).rejects.toMatchObject(unknown);
    await expect(client.restart('p1')).rejects.toMatchObject({ message: 'unknown request type 0xa8' });
    expect(service.calls).toEqual(['stop p1']);
    expect((await client.list()).length).toBe(3);
  });

  it('take a configuration much longer than other requests, and refuse one above a mebibyte', async () => {
    const { client } = await served(new ExtendedService());
    const processes = Array.from({ length: 3000 }, (_, i) => ({
      id: `process-${i}`,
      command: 'x'.repeat(200),
    }));
    const { changes } = await client.reload(processes);
    expect(changes.length).toBe(3000);
    const tooLong = [{ id: 'x'.repeat(1024 * 1024) }];
    await expect(client.reload(tooLong)).rejects.toThrow(/^bad request: a body of \d+ bytes is too long$/);
    await expect(client.signal('x'.repeat(70_000), 'HUP')).rejects.toThrow(/is too long$/);
    await client.scale('still-served', 1);
    const { socket, service } = await served(new ExtendedService());
    const raw = await RawSocket.connect(socket);
    onTestFinished(() => raw.destroy());
    // A body of a shutdown, which has none today, is ignored.
    raw.send('c1d901b40000000000000000010000000180');
    raw.send(encodeMessage(MessageType.ListRequest, 2n, {}).toString('hex'));
    await raw.until(() => raw.frames.length === 2 || raw.ended);
    expect(service.calls).toEqual(['shutdown']);
  });

  it('refuse a reload of another user, also where the socket lets it in', async ({ skip }) => {
    if (process.geteuid?.() !== 0) return skip('only root can connect as another user');
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ringwire-peer-'));
    onTestFinished(() => fs.rmSync(folder, { recursive: true }));
    fs.chmodSync(folder, 0o755);
    const server = new ControlServer(new ExtendedService());
    const socket = path.join(folder, 'manager.sock');
    await server.listen(socket, { mode: 0o666 });
    onTestFinished(() => server.close());
    const frames = [
      encodeMessage(MessageType.ReloadRequest, 1n, { processes: '[]', dry: false }),
      encodeMessage(MessageType.ScaleRequest, 2n, { id: 'web', n: 1 }),
    ];
    const program = `
      const socket = require('node:net').connect(process.argv[1]);
      socket.end(Buffer.from(process.argv[2], 'hex'));
      socket.pipe(process.stdout);`;
    const hex = Buffer.concat(frames).toString('hex');
    const uid = Number((await run('id', ['-u', 'nobody'])).stdout);
    const { stdout } = await run(process.execPath, ['-e', program, socket, hex], { uid, cwd: '/' });
    expect(stdout).toContain('only the user of the manager and root may reload');
    expect(stdout.match(/err/g)).toHaveLength(2);
  });

  it.each([
    ['no JSON', encodeMessage(MessageType.ReloadRequest, 1n, { processes: '{', dry: false })],
    ['no array', encodeMessage(MessageType.ReloadRequest, 1n, { processes: '{}', dry: false })],
    ['an array of null', encodeMessage(MessageType.ReloadRequest, 1n, { processes: '[null]', dry: false })],
  ])('refuse a reload with %s, and serve the connection further', async (_what, frame) => {
    const { socket } = await served(new ExtendedService());
    const raw = await RawSocket.connect(socket);
    onTestFinished(() => raw.destroy());
    raw.send(frame.toString('hex'));
    raw.send(encodeMessage(MessageType.ListRequest, 2n, {}).toString('hex'));
    await raw.until(() => raw.frames.length === 2);
    expect(String(raw.frames[0]?.body)).toContain('bad request: ');
    expect(String(raw.frames[1]?.body)).toContain('Process One');
  });
});
