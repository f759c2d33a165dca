/** Against a real media driver, wherever AERON_DIR points at one that is active. */
import { expect, test } from 'vitest';
import { Aeron, AeronErrorCode, FragmentAssembler, isDriverActive } from '../../src/aeron/index.js';
import { until } from './driver-under-test.js';
import { payload } from './payload.js';

const directory = process.env['AERON_DIR'];
const live = directory !== undefined && directory !== '' && isDriverActive(directory);
if (!live) {
  const reason = directory ? `no active driver in AERON_DIR=${directory}` : 'AERON_DIR is not set';
  process.stderr.write(`tests against a live media driver skipped: ${reason}\n`);
}

test.skipIf(!live).each(['aeron:ipc', 'aeron:udp?endpoint=localhost:20121'])(
  'messages, whole and fragmented, go through %s',
  async (channel) => {
    const aeron = await Aeron.connect({ directory: directory as string });
    const stream = 1_000_000 + (process.pid % 1_000_000);
    const subscription = await aeron.addSubscription(channel, stream);
    const publication = await aeron.addExclusivePublication(channel, stream);
    await until(() => publication.isConnected && subscription.isConnected);
    let received = 0;
    const assembler = new FragmentAssembler((buffer, at, length) => {
      expect(buffer.subarray(at, at + length).equals(payload((received % 100) * 50, received))).toBe(true);
      received++;
    });
    let sent = 0;
    await until(() => {
      if (sent < 2000 && publication.offer(payload((sent % 100) * 50, sent)) > 0) sent++;
      subscription.poll(assembler.handler, 20);
      return received === 2000;
    });
    aeron.close();
  },
);

test.skipIf(!live)('counters and errors of a live driver', async () => {
  const aeron = await Aeron.connect({ directory: directory as string });
  const counter = await aeron.addCounter(1001, 'from ringwire');
  counter.value = 42n;
  expect(aeron.counters.get(counter.counterId)).toMatchObject({ label: 'from ringwire', value: 42n });
  await expect(aeron.addPublication('aeron:foo', 1)).rejects.toMatchObject({
    errorCode: AeronErrorCode.InvalidChannel,
  });
  aeron.close();
});
