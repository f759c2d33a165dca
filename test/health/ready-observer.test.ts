/** An observer whose socket exists receives by every way that it was asked to, and loses no event to a late listener. */
import dgram from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { holdEvents } from '../../src/cli/commands/vlp/held-events.js';
import { type HealthEvent, type HealthEvents, VlpObserver } from '../../src/health/index.js';
import { freePort } from '../free-port.js';
import { temporaryFolder } from '../temporary.js';

it.each(['127.0.0.1', '::1'])(
  'has bound its UDP port %s when the path of its socket appears',
  async (host) => {
    const port = await freePort(host);
    const socket = path.join(temporaryFolder(), 's');
    let boundBefore: boolean | undefined;
    const rename = fs.renameSync;
    const { renameSync } = fs;
    onTestFinished(() => {
      fs.renameSync = renameSync;
    });
    fs.renameSync = (from, to) => {
      if (to === socket) boundBefore = isBound(port);
      rename(from, to);
    };
    const observer = VlpObserver.bind({ socket, udp: { host, port, acceptPlain: true }, thresholdMs: 1000 });
    onTestFinished(() => observer.close());
    expect(fs.existsSync(socket)).toBe(true);
    expect(boundBefore ?? isBound(port)).toBe(true);
    expect(await observer.udpPort()).toBe(port);
  },
);

it('tells listeners that are added after the bind that a UDP port is taken', async () => {
  const taken = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await once(taken, 'listening');
  const { port } = taken.address();
  const observer = VlpObserver.bind({ udp: { port, acceptPlain: true }, thresholdMs: 1000 });
  onTestFinished(() => observer.close());
  const failure = new Promise<HealthEvent>((resolve) => observer.on('event', resolve));
  expect(await failure).toMatchObject({ kind: 'io' });
  expect(await observer.udpPort()).toBeNull();
});

it('events that come before the outputs of vlp watch are open are printed when they are, in order', () => {
  const observer = new EventEmitter<HealthEvents>();
  const event = (nanos: number) => ({ kind: 'beat', nanos }) as unknown as HealthEvent;
  const printed: number[] = [];
  const printAll = holdEvents(observer);
  for (const nanos of [1, 2]) observer.emit('event', event(nanos));
  expect(printed).toEqual([]);
  printAll(({ nanos }) => printed.push(nanos));
  expect(printed).toEqual([1, 2]);
  observer.emit('event', event(3));
  expect(printed).toEqual([1, 2, 3]);
  expect(observer.listenerCount('event')).toBe(1);
});

/** Whether a UDP socket of this machine has the port, as the kernel lists them. */
function isBound(port: number): boolean {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  return ['udp', 'udp6'].some((table) => fs.readFileSync(`/proc/net/${table}`, 'latin1').includes(hex));
}
