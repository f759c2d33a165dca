/** `ringwire relay`: a channel to a stream and back, core NATS, and what it refuses. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { natsTarget } from '../../../src/cli/commands/relay/relay-target.js';
import { JournalReader, TickUnit } from '../../../src/index.js';
import { publishToNats, subscribeToNats } from '../../../src/relay/index.js';
import { ringwire } from '../../cli/ringwire-command.js';
import { memoryFolder, temporaryFolder } from '../../temporary.js';
import { DESTINATION, ExpectedRecords, fill, ringSource, SOURCE } from '../relay-under-test.js';
import { itWithNats, NatsServer } from './nats-server.js';

itWithNats(
  'lines of one channel come out of another one, over a stream that the command creates',
  async () => {
    const root = temporaryFolder();
    const server = await NatsServer.start();
    const input = 'one\ntwo\nthree\n';
    expect((await ringwire(['write', '1', '-r', root, '-c', '1M'], { input })).code).toBe(0);
    const address = `${server.url}/LINES/lines.a`;
    const sent = await ringwire(['relay', '1', address, '--create', '-r', root, '--json']);
    expect(sent.code, sent.stderr).toBe(0);
    expect(JSON.parse(sent.stdout)).toMatchObject({ acknowledged: 3, lag: 0, reconnects: 0 });
    const back = [
      'relay',
      address,
      '2',
      '-r',
      root,
      '--until-caught-up',
      '--kind',
      'log',
      '-c',
      '1M',
      '--json',
    ];
    const received = await ringwire(back.map((text) => (text === '-c' ? '--capacity' : text)));
    expect(received.code, received.stderr).toBe(0);
    expect(JSON.parse(received.stdout)).toMatchObject({ received: 3 });
    expect((await ringwire(['cat', '2', '-r', root])).stdout).toBe(input);
  },
);

itWithNats('takes a token from the environment, and says what is wrong without it', async () => {
  const root = temporaryFolder();
  const token = 'one-secret-token';
  const server = await NatsServer.start(`authorization { token: "${token}" }`, { token });
  await server.addStream();
  expect((await ringwire(['write', '1', '-r', root, '-c', '1M'], { input: 'a\n' })).code).toBe(0);
  const line = ['relay', '1', `${server.url}/RECORDS/records.a`, '-r', root];
  const refused = await ringwire(line);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toMatch(/credentials/);
  const file = path.join(root, 'token');
  fs.writeFileSync(file, token);
  const accepted = await ringwire([...line, '--token-file', file]);
  expect(accepted.code, accepted.stderr).toBe(0);
  expect(accepted.stderr).not.toContain(token);
});

itWithNats('core NATS carries what is written while both ends are connected', async () => {
  const root = memoryFolder();
  const target = memoryFolder();
  const server = await NatsServer.start();
  const stop = new AbortController();
  const { signal } = stop;
  const servers = server.url;
  const options = {
    channelId: DESTINATION,
    writerId: 2,
    maxMessageLength: 4096,
    timeout: 60,
    tickUnit: TickUnit.Secs,
    capacity: 2 ** 21,
  };
  const ring = ringSource(root);
  const destination = { root: target, kind: 'journal', options } as const;
  let received = 0;
  const receiving = subscribeToNats({
    servers,
    signal,
    subject: 'records.>',
    destination,
    onProgress: (progress) => {
      received = progress.received;
    },
  });
  // The server counts the subscription before anything is published.
  const connection = await server.connect();
  await expect
    .poll(async () => {
      connection.publish('records.probe', 'probe');
      await connection.flush();
      return received;
    })
    .toBeGreaterThan(0);
  const sending = publishToNats({ servers, signal, subject: 'records.a', root, channelId: SOURCE });
  let written = 0;
  await expect
    .poll(
      () => {
        written = fill(ring, written, 2000);
        return written;
      },
      { interval: 1 },
    )
    .toBe(2000);
  ring.close();
  expect(await sending).toMatchObject({ sent: 2000, lost: 0 });
  // Any number of probes lies before the records.
  using reader = JournalReader.open(target, DESTINATION);
  const expected = new ExpectedRecords();
  const take = (buffer: Buffer, offset: number, length: number) => {
    if (length !== 5) expected.take(buffer, offset, length);
  };
  await expect
    .poll(() => {
      reader.poll(take);
      return expected.count;
    })
    .toBe(2000);
  stop.abort();
  await receiving;
});

it('an address with a secret is refused, and the secret is not repeated', () => {
  const address = () => natsTarget('nats://user:hidden@host/S/a', false);
  expect(address).toThrowError(/--creds/);
  expect(address).not.toThrowError(/hidden/);
});

it('reads the servers, the stream and the subject of an address', () => {
  expect(natsTarget('tls://a:1,b:2/S/x.y', false)).toEqual({
    servers: ['tls://a:1', 'tls://b:2'],
    stream: 'S',
    subject: 'x.y',
  });
  expect(natsTarget('nats://a/x.y', true)).toEqual({ servers: ['nats://a'], stream: '', subject: 'x.y' });
  expect(natsTarget('7', false)).toBeNull();
  expect(() => natsTarget('nats://a', false)).toThrowError(/STREAM/);
});
