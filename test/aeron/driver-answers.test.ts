/** Our driver answers the commands of the captures as the original did: same bytes, same order, same counter ids. */
import path from 'node:path';
import tmp from 'tmp';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { BroadcastReceiver } from '../../src/aeron/client/conductor/broadcast.js';
import { DriverFiles } from '../../src/aeron/client/conductor/driver-files.js';
import { LogBuffers } from '../../src/aeron/client/log-buffers.js';
import { Section } from '../../src/aeron/client/section.js';
import { type DriverOptions, IpcMediaDriver } from '../../src/aeron/index.js';
import * as commands from '../../src/aeron/layout/command-layouts.js';
import { RESPONSES } from '../../src/aeron/layout/response-layouts.js';
import { capture, expectation } from './vectors.js';

let folder: tmp.DirResult;
let driver: IpcMediaDriver;
let files: DriverFiles;

async function start(options: DriverOptions = {}): Promise<void> {
  const directory = path.join(folder.name, 'aeron');
  driver = IpcMediaDriver.start({
    directory,
    useInvoker: true,
    // No timer between two commands, also on a loaded machine.
    timerIntervalMs: 50_000,
    clientLivenessTimeoutMs: 60_000,
    publicationUnblockTimeoutMs: 70_000,
    counterValuesLength: 2 ** 20,
    ...options,
  });
  driver.doWork();
  files = await DriverFiles.connect({ directory, driverTimeoutMs: 1000 });
}

async function restart(options: DriverOptions): Promise<void> {
  files.close();
  driver.close();
  await start({ timerIntervalMs: 20, ...options });
}

beforeEach(async () => {
  folder = tmp.dirSync({ unsafeCleanup: true });
  await start();
});
afterEach(() => {
  files.close();
  driver.close();
  folder.removeCallback();
});

/** Everything the driver said since the last call. */
function answers(): { name: string; values: Record<string, unknown>; hex: string }[] {
  while (driver.doWork() > 0);
  const found: { name: string; values: Record<string, unknown>; hex: string }[] = [];
  while (
    files.responses.receive((typeId, payload) => {
      const layout = RESPONSES.find((response) => response.typeId === typeId);
      found.push({
        name: layout?.name ?? '?',
        values: layout?.decode(payload) as unknown as Record<string, unknown>,
        hex: payload.toString('hex'),
      });
    })
  );
  return found;
}

function send(typeId: number, payload: Buffer): ReturnType<typeof answers> {
  expect(files.commands.write(typeId, payload)).toBe(true);
  return answers();
}

function ask<L extends (typeof commands.COMMANDS)[number]>(layout: L, values: object) {
  const head = { clientId: 1n, correlationId: files.commands.nextCorrelationId() };
  return send(layout.typeId, layout.encode({ ...head, ...values } as never));
}

describe('for the captured commands', () => {
  /** Text that names a log: the folder is another one, everything else is the same. */
  const withoutFolder = ({ logFile, ...values }: Record<string, unknown>) => ({
    ...values,
    ...(logFile === undefined ? {} : { logFile: path.basename(String(logFile)) }),
  });

  test.each(['cnc-ipc-exclusive', 'cnc-counters'])(
    '%s: responses and counter ids equal those of the C driver',
    (name) => {
      const { expected } = expectation(`${name}.dat`);
      const memory = capture(`${name}.dat`);
      const { toClients } = expected.header.offsets as Record<string, number>;
      const length = expected.header.toClientsLength;
      const original: { name: string; values: Record<string, unknown> }[] = [];
      const receiver = new BroadcastReceiver(new Section(memory, toClients as number, length), 0n);
      while (
        receiver.receive((typeId, payload) => {
          const layout = RESPONSES.find((response) => response.typeId === typeId);
          original.push({
            name: layout?.name as string,
            values: layout?.decode(payload) as unknown as Record<string, unknown>,
          });
        })
      );
      // What follows in the second capture is about UDP, which this driver refuses.
      const ours = original.filter(({ values }) => ((values['correlationId'] ?? 99n) as bigint) <= 9n);
      const found: ReturnType<typeof answers> = [];
      for (const { name: response, values } of ours) {
        const correlationId = values['correlationId'] as bigint;
        const head = { clientId: 1n, correlationId };
        if (response === 'ON_SUBSCRIPTION_READY') {
          const streamId = correlationId === 2n ? 2001 : 2002;
          const payload = commands.ADD_SUBSCRIPTION.encode({ ...head, ...subscribe, streamId });
          found.push(...send(commands.ADD_SUBSCRIPTION.typeId, payload));
        } else if (response.endsWith('PUBLICATION_READY')) {
          const { streamId, sessionId } = values as { streamId: number; sessionId: number };
          const channel = `aeron:ipc?term-length=64k|session-id=${sessionId}`;
          const exclusive = response.includes('EXCLUSIVE');
          const layout = exclusive ? commands.ADD_EXCLUSIVE_PUBLICATION : commands.ADD_PUBLICATION;
          found.push(...send(layout.typeId, layout.encode({ ...head, streamId, channel })));
        } else if (response === 'ON_OPERATION_SUCCESS') {
          const ofPublication = correlationId === 4n || correlationId === 8n;
          const registrationId = ofPublication ? correlationId - 1n : correlationId - 3n;
          const layout = ofPublication ? commands.REMOVE_PUBLICATION : commands.REMOVE_SUBSCRIPTION;
          const payload = layout.encode({ ...head, registrationId, flags: 0n } as never);
          found.push(...send(layout.typeId, payload));
        }
      }
      expect(ours).toHaveLength(name === 'cnc-counters' ? 11 : 4);
      expect(found.map((answer) => [answer.name, withoutFolder(answer.values)])).toEqual(
        ours.map((answer) => [answer.name, withoutFolder(answer.values)]),
      );
    },
  );

  test('the counters of a new driver equal those of the C driver', () => {
    const { expected } = expectation('cnc-fresh.dat');
    const own = [...files.counters];
    expect(
      own.map(({ id, typeId, registrationId, ownerId }) => [id, typeId, registrationId, ownerId]),
    ).toEqual(
      expected.counters.map((c: Record<string, string>) => [
        c['id'],
        c['typeId'],
        BigInt(c['registrationId'] as string),
        BigInt(c['ownerId'] as string),
      ]),
    );
    expect(files.commands.nextCorrelationId()).toBe(1n);
  });
});

const publish = { streamId: 5, channel: 'aeron:ipc?term-length=64k|linger=0' };
const subscribe = { registrationCorrelationId: -1n, streamId: 5, channel: 'aeron:ipc' };
const valuesOf = (list: ReturnType<typeof answers>, name: string) =>
  list.find((answer) => answer.name === name)?.values as Record<string, unknown>;

describe('a driver refuses', () => {
  const error = (list: ReturnType<typeof answers>) => valuesOf(list, 'ON_ERROR')?.['errorCode'];

  test.each([
    ['aeron:udp?endpoint=localhost:1', 8],
    ['aeron:udp', 8],
    ['aeron-spy:aeron:udp?endpoint=localhost:1', 8],
    ['aeron:tcp', 1],
    ['aeron:ipc?', 1],
    ['aeron:ipc?mtu', 1],
    ['aeron:ipc?mtu=', 1],
    ['aeron:ipc?mtu=1408|mtu=1408', 1],
    ['aeron:ipc?mtu=1000', 11],
    ['aeron:ipc?term-length=64kb', 11],
    ['aeron:ipc?term-length=65537', 11],
    ['aeron:ipc?init-term-id=1', 11],
    ['aeron:ipc?init-term-id=1|term-id=0|term-offset=0', 11],
    ['aeron:ipc?session-id=tag:1', 11],
    ['aeron:ipc?pub-wnd=64k|term-length=64k', 11],
    ['aeron:ipc?sparse=yes', 11],
    ['aeron:ipc?max-resend=0', 11],
    ['aeron:ipc?tags=1,x', 11],
  ])('the channel %s with error %i, leaving nothing behind', (channel, code) => {
    const before = [...files.counters].length;
    expect(error(ask(commands.ADD_PUBLICATION, { streamId: 1, channel }))).toBe(code);
    expect([...files.counters].length).toBe(before);
  });

  test('unknown commands, short commands and commands for a network', () => {
    const head = { clientId: 1n, correlationId: 99n };
    expect(error(send(0x77, Buffer.alloc(16)))).toBe(6);
    expect(error(send(commands.ADD_COUNTER.typeId, Buffer.alloc(17)))).toBe(7);
    expect(send(0x77, Buffer.alloc(8))).toEqual([]);
    expect(error(ask(commands.REMOVE_PUBLICATION, { registrationId: 5n, flags: 0n }))).toBe(3);
    expect(error(ask(commands.REMOVE_SUBSCRIPTION, { registrationId: 5n }))).toBe(2);
    expect(error(ask(commands.REMOVE_COUNTER, { registrationId: 5n }))).toBe(5);
    expect(error(ask(commands.ADD_DESTINATION, { registrationId: 5n, channel: 'aeron:udp' }))).toBe(3);
    expect(error(ask(commands.ADD_RCV_DESTINATION, { registrationId: 5n, channel: 'aeron:udp' }))).toBe(2);
    // 0x10 of 32 bytes: what a client of 1.46 means by it.
    const old = commands.REMOVE_DESTINATION_BY_ID.encode({
      ...head,
      resourceRegistrationId: 1n,
      destinationRegistrationId: 2n,
    });
    expect(error(send(commands.REJECT_IMAGE.typeId, old))).toBe(3);
    const reject = { imageCorrelationId: 12_345n, position: 0n, reason: 'no' };
    expect(error(ask(commands.REJECT_IMAGE, reject))).toBe(11);
    expect(error(ask(commands.TERMINATE_DRIVER, { token: Buffer.from('x') }))).toBe(undefined);
    expect(driver.isClosed).toBe(false);
  });

  test('a shared publication that differs from the existing one, and a session id in use', () => {
    ask(commands.ADD_PUBLICATION, { streamId: 6, channel: 'aeron:ipc?term-length=64k|session-id=42' });
    const again = (channel: string, layout: (typeof commands.COMMANDS)[number] = commands.ADD_PUBLICATION) =>
      error(ask(layout, { streamId: 6, channel }));
    expect(again('aeron:ipc?term-length=128k')).toBe(11);
    expect(again('aeron:ipc?session-id=43')).toBe(11);
    expect(again('aeron:ipc?mtu=2048')).toBe(11);
    expect(again('aeron:ipc')).toBe(undefined);
    expect(again('aeron:ipc?session-id=42', commands.ADD_EXCLUSIVE_PUBLICATION)).toBe(1);
  });
});

test('allocated session ids are in order and not in use', () => {
  const next = () =>
    valuesOf(ask(commands.GET_NEXT_AVAILABLE_SESSION_ID, { streamId: 5 }), 'ON_NEXT_AVAILABLE_SESSION_ID')[
      'nextSessionId'
    ] as number;
  const first = next();
  const taken = (first + 1) | 0;
  ask(commands.ADD_PUBLICATION, { streamId: 5, channel: `aeron:ipc?term-length=64k|session-id=${taken}` });
  const second = next();
  expect(second).not.toBe(taken);
  expect([(first + 2) | 0, 1001]).toContain(second);
});

test('a rejected image ends for all subscribers with the full reason, and they rejoin after the timeout', async () => {
  await restart({ imageLivenessTimeoutMs: 50 });
  ask(commands.ADD_SUBSCRIPTION, subscribe);
  const ready = valuesOf(ask(commands.ADD_PUBLICATION, publish), 'ON_PUBLICATION_READY');
  const rejected = ask(commands.REJECT_IMAGE, {
    imageCorrelationId: ready['registrationId'],
    position: 0n,
    reason: 'no',
  });
  // On a machine that stands still the timeout may be over before the answers are read.
  const back = rejected.splice(3);
  expect(rejected.map(({ name }) => name)).toEqual([
    'ON_PUBLICATION_ERROR',
    'ON_UNAVAILABLE_IMAGE',
    'ON_OPERATION_SUCCESS',
  ]);
  const [told] = rejected;
  expect(told?.values).toMatchObject({ message: 'no', errorCode: 13 });
  expect((told?.hex.length as number) / 2).toBe(72);
  while (back.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    back.push(...answers());
  }
  expect(back.map(({ name }) => name)).toEqual(['ON_AVAILABLE_IMAGE']);
});

test('a response subscription joins only the session of its request', () => {
  const waiting = valuesOf(
    ask(commands.ADD_SUBSCRIPTION, { ...subscribe, channel: 'aeron:ipc?control-mode=response' }),
    'ON_SUBSCRIPTION_READY',
  )['correlationId'];
  expect(valuesOf(ask(commands.ADD_PUBLICATION, publish), 'ON_AVAILABLE_IMAGE')).toBe(undefined);
  const request = valuesOf(
    ask(commands.ADD_PUBLICATION, {
      streamId: 7,
      channel: `aeron:ipc?term-length=64k|response-correlation-id=${waiting}`,
    }),
    'ON_PUBLICATION_READY',
  )['correlationId'];
  const channel = `${publish.channel}|response-correlation-id=${request}`;
  const answered = ask(commands.ADD_PUBLICATION, { streamId: 5, channel });
  expect(valuesOf(answered, 'ON_AVAILABLE_IMAGE')?.['subscriptionRegistrationId']).toBe(waiting);
});

test('the driver removes a client without heartbeat and all its resources', () => {
  ask(commands.ADD_SUBSCRIPTION, subscribe);
  ask(commands.ADD_PUBLICATION, publish);
  ask(commands.ADD_COUNTER, { typeId: 1001, key: Buffer.alloc(0), label: 'mine' });
  const { now } = performance;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 60_001);
  onTestFinished(() => clock.mockRestore());
  const names = answers().map(({ name }) => name);
  expect(names.slice(0, 3)).toEqual([
    'ON_CLIENT_TIMEOUT',
    'ON_UNAVAILABLE_COUNTER',
    'ON_UNAVAILABLE_COUNTER',
  ]);
});

test('a client that stores a false position does not stop the driver', () => {
  ask(commands.ADD_SUBSCRIPTION, subscribe);
  ask(commands.ADD_PUBLICATION, publish);
  const position = [...files.counters].find(({ typeId }) => typeId === 4)?.id as number;
  const limit = [...files.counters].find(({ typeId }) => typeId === 1)?.id as number;
  const slot = files.counterSlot(position);
  for (const lie of [2n ** 62n, -(2n ** 62n), 12_345n]) {
    Atomics.store(slot.i64, slot.index >> 1, lie);
    driver.doWork();
    expect(files.counters.value(limit)).toBe(32_768n);
  }
});

test('a client that stores a false position and tail does not keep the driver busy', () => {
  ask(commands.ADD_SUBSCRIPTION, subscribe);
  const ready = valuesOf(ask(commands.ADD_PUBLICATION, publish), 'ON_PUBLICATION_READY');
  const position = [...files.counters].find(({ typeId }) => typeId === 4)?.id as number;
  const log = LogBuffers.open(String(ready?.['logFile']));
  const far = 2 ** 30;
  log.page.store64(0, BigInt(log.metadata.initialTermId + far) << 32n);
  const slot = files.counterSlot(position);
  Atomics.store(slot.i64, slot.index >> 1, BigInt(far) * BigInt(log.metadata.termLength));
  driver.doWork();
  expect(log.bytes.length).toBe(3 * 65_536 + 4096);
  log.close();
});
