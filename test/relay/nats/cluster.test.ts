/** Three servers on the loopback, a stream with three replicas, its leader killed during the transfer: exactly once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { JournalReader, TickUnit } from '../../../src/index.js';
import { relayFromJetStream, relayToJetStream } from '../../../src/relay/index.js';
import { freePort } from '../../free-port.js';
import { sized } from '../../size.js';
import { memoryFolder } from '../../temporary.js';
import { DESTINATION, ExpectedRecords, logSource, SOURCE } from '../relay-under-test.js';
import { itWithNats, NatsServer } from './nats-server.js';

const RECORDS = sized({ test: 5_000, all: 20_000, long: 80_000 });
const KILLS = sized({ test: 1, all: 2, long: 6 });
const REPLICAS = 3;
const DEADLINE = 600_000;

async function cluster(): Promise<NatsServer[]> {
  const ports = [await freePort(), await freePort(), await freePort()];
  const routes = ports.map((port) => `"nats-route://127.0.0.1:${port}"`).join(', ');
  return Promise.all(
    ports.map((port, n) =>
      NatsServer.start(
        `server_name: "server${n}"\ncluster { name: "test", listen: "127.0.0.1:${port}", routes: [${routes}] }`,
      ),
    ),
  );
}

/** Tries until the servers of the cluster agree. */
async function whenReady<T>(action: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch {
      await sleep(100);
    }
  }
}

itWithNats(
  `a stream of ${REPLICAS} replicas whose leader is killed ${KILLS} times holds each record once, in order`,
  async () => {
    const source = memoryFolder();
    const target = memoryFolder();
    const servers = await cluster();
    const [first] = servers as [NatsServer, NatsServer, NatsServer];
    await whenReady(async () => {
      const manager = await first.manager();
      await manager.streams.add({ name: 'RECORDS', subjects: ['records.>'], num_replicas: REPLICAS });
    });
    logSource(source, RECORDS);
    const urls = servers.map(({ url }) => url);
    let acknowledged = 0;
    const sending = relayToJetStream({
      root: source,
      channelId: SOURCE,
      servers: urls,
      stream: 'RECORDS',
      subject: 'records.a',
      maxInFlight: 200,
      ackTimeoutMs: 5000,
      onProgress: (progress) => {
        acknowledged = progress.acknowledged;
      },
    });
    const stop = new AbortController();
    const options = {
      channelId: DESTINATION,
      writerId: 2,
      maxMessageLength: 4096,
      timeout: 60,
      tickUnit: TickUnit.Secs,
    };
    let received = 0;
    const receiving = relayFromJetStream({
      servers: urls,
      stream: 'RECORDS',
      destination: { root: target, kind: 'journal', options: { ...options, capacity: 2 ** 21 } },
      signal: stop.signal,
      onProgress: (progress) => {
        received = progress.received;
      },
    });
    for (let n = 1; n <= KILLS; n++) {
      await expect
        .poll(() => acknowledged)
        .toBeGreaterThan(Math.min(RECORDS - 1, (n * RECORDS) / (KILLS + 3)));
      const leader = await whenReady(async () => {
        const { cluster: state } = await (await (servers[n % 3] as NatsServer).manager()).streams.info(
          'RECORDS',
        );
        const found = servers[Number(state?.leader?.slice('server'.length))];
        if (found === undefined) throw new Error('no leader at the moment');
        return found;
      });
      await leader.kill();
      await leader.start();
    }
    expect(await sending).toMatchObject({ acknowledged: RECORDS, lost: 0 });
    await expect.poll(() => received, { timeout: DEADLINE }).toBe(RECORDS);
    stop.abort();
    await receiving;
    using reader = JournalReader.open(target, DESTINATION);
    const expected = new ExpectedRecords();
    while (reader.poll(expected.take) > 0);
    expect(expected.count).toBe(RECORDS);
  },
  DEADLINE,
);
