/** The examples for Aeron, each program a process, over a driver in a process of its own. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { endsWithTest } from '../child.js';
import { start } from '../cli/ringwire-command.js';
import { temporaryFolder } from '../temporary.js';
import { REPOSITORY } from './documents.js';

function example(file: string, ...args: string[]) {
  const child = endsWithTest(
    spawn(process.execPath, [path.join(REPOSITORY, 'docs/examples/06-aeron', file), ...args]),
  );
  const program = { child, output: '', ended: once(child, 'close').then(([code]) => code) };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      program.output += chunk;
    });
  }
  return program;
}

async function driver(): Promise<string> {
  const directory = path.join(temporaryFolder(), 'aeron');
  const driver = start(['aeron', 'driver', '-d', directory, '--term-length', '65536']);
  await once(driver.stderr, 'data');
  return directory;
}

it('a subscriber receives the messages of its publisher, and ends with it', async () => {
  const directory = await driver();
  const subscriber = example('subscriber.mjs', directory);
  const publisher = example('publisher.mjs', directory, '3');
  expect(
    await Promise.all([publisher.ended, subscriber.ended]),
    publisher.output + subscriber.output,
  ).toEqual([0, 0]);
  expect(subscriber.output).toBe('message 1\nmessage 2\nmessage 3\n');
});

it('values are published, and iterated over until their publisher ends', async () => {
  const directory = await driver();
  const subscriber = example('quotes-subscriber.mjs', directory);
  const publisher = example('quotes-publisher.mjs', directory, '3');
  expect(
    await Promise.all([publisher.ended, subscriber.ended]),
    publisher.output + subscriber.output,
  ).toEqual([0, 0]);
  expect(subscriber.output).toBe(
    'GOLD at 101, up to position 64\nTIN at 102, up to position 128\nGOLD at 103, up to position 192\n',
  );
});

it('a requester gets an answer to each request', async () => {
  const directory = await driver();
  const replier = example('replier.mjs', directory);
  const requester = example('requester.mjs', directory, '3');
  expect(await Promise.all([requester.ended, replier.ended]), requester.output + replier.output).toEqual([
    0, 0,
  ]);
  expect(requester.output).toBe('1 squared is 1\n2 squared is 4\n3 squared is 9\n');
});

it('pings are answered, and their round trips measured', async () => {
  const directory = await driver();
  const pong = example('pong.mjs', directory);
  const ping = example('ping.mjs', directory, '500');
  expect(await Promise.all([ping.ended, pong.ended]), ping.output + pong.output).toEqual([0, 0]);
  expect(ping.output).toMatch(/^500 round trips: p50 [\d.]+ µs, p99 [\d.]+ µs\n$/);
});

it('a file arrives unchanged in messages of more than one frame', async () => {
  const directory = await driver();
  const folder = temporaryFolder();
  const file = path.join(temporaryFolder(), 'some-bytes');
  const bytes = randomBytes(300_001);
  fs.writeFileSync(file, bytes);
  const receiver = example('file-receiver.mjs', directory, folder);
  const sender = example('file-sender.mjs', directory, file);
  expect(await Promise.all([sender.ended, receiver.ended]), sender.output + receiver.output).toEqual([0, 0]);
  expect(sender.output).toBe('300001 bytes sent\n');
  expect(receiver.output).toBe('300001 bytes received\n');
  expect(fs.readFileSync(path.join(folder, 'some-bytes')).equals(bytes)).toBe(true);
});
