/** Features that not every driver has are chosen, or refused at once, by the version of the driver. */
import { expect, test, vi } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { CLIENT_VERSION } from '../../src/aeron/client/client-version.js';
import { resolveDriverOptions } from '../../src/aeron/driver/resolve-driver-options.js';
import {
  type Aeron,
  AeronErrorCode,
  Aeron as Client,
  CncFile,
  type Image,
  SystemCounterId,
} from '../../src/aeron/index.js';
import { connect, emptyFolder, startDriver, until } from './driver-under-test.js';

const packed = (minor: number, patch = 0) => (1n << 16n) | (BigInt(minor) << 8n) | BigInt(patch);

function pretend(aeron: Aeron, version: bigint): void {
  const { i64, index } = aeron.files.counterSlot(SystemCounterId.AeronVersion);
  i64[index / 2] = version;
}

/** Type ids and payloads of the commands that a client sends from now on. */
function commandsOf(aeron: Aeron): { typeId: number; payload: Buffer }[] {
  const sent: { typeId: number; payload: Buffer }[] = [];
  vi.spyOn(aeron.files.commands, 'write').mockImplementation((typeId, payload) => {
    sent.push({ typeId, payload });
    return true;
  });
  return sent;
}

const unsupported = expect.objectContaining({ errorCode: AeronErrorCode.NotSupported });

test('a session id is random when counter 43 is another counter, as in drivers before 1.49', async () => {
  const aeron = await connect(startDriver());
  const { metadata } = aeron.files;
  const at = SystemCounterId.ControlProtocolVersion * 512;
  for (const spoil of [() => metadata.store32(at + 4, 1001), () => metadata.store32(at + 16, 7)]) {
    metadata.store32(at + 4, 0);
    metadata.store32(at + 16, SystemCounterId.ControlProtocolVersion);
    expect(await aeron.nextAvailableSessionId(1)).toSatisfy(Number.isInteger);
    spoil();
    const sent = commandsOf(aeron);
    expect(await aeron.nextAvailableSessionId(1)).toSatisfy(Number.isInteger);
    expect(sent).toEqual([]);
    vi.restoreAllMocks();
  }
});

test.each([
  [packed(46, 1), 0x10],
  [packed(46, 9), 0x10],
  [packed(47), 0x11],
  [packed(53), 0x11],
])('version %d removes a destination by its id with command %d', async (version, typeId) => {
  const aeron = await connect(startDriver());
  const publication = await aeron.addPublication('aeron:ipc', 1);
  pretend(aeron, version);
  const sent = commandsOf(aeron);
  const request = aeron.asyncRemoveDestination(publication, 77n);
  expect(request.registrationId).toBeGreaterThan(0n);
  expect(sent[0]?.typeId).toBe(typeId);
  expect([sent[0]?.payload.length, sent[0]?.payload.readBigInt64LE(24)]).toEqual([32, 77n]);
  request.cancel();
});

test('a request that the driver does not support fails before a command is sent', async () => {
  const aeron = await connect(startDriver());
  const publication = await aeron.addPublication('aeron:ipc', 1);
  const subscription = await aeron.addSubscription('aeron:ipc', 1);
  await until(() => subscription.isConnected);
  const sent = commandsOf(aeron);
  pretend(aeron, packed(44, 7));
  await expect(aeron.removeDestination(publication, 77n)).rejects.toThrow('the driver of version 1.44.7');
  await expect(aeron.rejectImage(subscription.images[0] as Image, 'no')).rejects.toEqual(unsupported);
  await expect(aeron.addStaticCounter(1001, 1n, 'x')).rejects.toEqual(unsupported);
  expect(sent).toEqual([]);
  expect(() => aeron.asyncRemoveDestination(subscription, 77n)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

test('the reason of a rejection is cut between two characters', async () => {
  const aeron = await connect(startDriver());
  await aeron.addPublication('aeron:ipc', 1);
  const subscription = await aeron.addSubscription('aeron:ipc', 1);
  await until(() => subscription.isConnected);
  const sent = commandsOf(aeron);
  for (const reason of ['é'.repeat(600), `x${'é'.repeat(600)}`, '🙂'.repeat(300), 'x'.repeat(2000)]) {
    const request = aeron.asyncRejectImage(subscription.images[0] as Image, reason);
    const payload = sent.pop()?.payload as Buffer;
    const text = payload.subarray(36, 36 + payload.readInt32LE(32));
    expect(text.length).toBeGreaterThan(1019);
    expect(text.length).toBeLessThanOrEqual(1023);
    expect(reason.startsWith(text.toString())).toBe(true);
    request.cancel();
  }
});

test('labels and keys of counters are cut between two characters', async () => {
  const aeron = await connect(startDriver());
  const counter = await aeron.addCounter(1001, 'é'.repeat(300));
  expect(aeron.counters.get(counter.counterId)?.label).toBe('é'.repeat(190));
  const odd = await aeron.addCounter(1001, `x${'é'.repeat(300)}`);
  expect(aeron.counters.get(odd.counterId)?.label).toBe(`x${'é'.repeat(189)}`);
});

test('the label of the heartbeat counter names client, version and commit', async () => {
  const aeron = await connect(startDriver(), { clientName: 'prices', keepaliveIntervalMs: 10 });
  await aeron.addCounter(1001, 'first command');
  const label = () => aeron.counters.get(aeron.counters.find(11, aeron.clientId) as number)?.label;
  await until(() => label()?.includes('commit=') ?? false);
  expect(label()).toBe(
    `client-heartbeat: id=${aeron.clientId} name=prices version=${packageJson.version} commit=ringwire`,
  );
  expect(CLIENT_VERSION).toBe(packageJson.version);
});

test('the error of a missing driver names its folder', async () => {
  const directory = emptyFolder();
  const message = `no media driver in ${directory}: cnc.dat does not exist`;
  await expect(Client.connect({ directory, driverTimeoutMs: 0 })).rejects.toThrow(message);
  expect(() => CncFile.open(directory)).toThrow(message);
  const missing = `${directory}/missing`;
  expect(() => CncFile.open(missing)).toThrow(`no media driver in ${missing}: cnc.dat does not exist`);
});

test('a driver has 65,536 counters by default', () => {
  expect(resolveDriverOptions({}).counterValuesLength / 128).toBe(65_536);
});
