import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { BoundSocket, DatagramBatch, DatagramSocket } from '../../src/platform/index.js';
import { temporaryFolder } from '../temporary.js';

const COUNT = 200;

/** A bound socket whose receive calls block for up to a minute, and one that sends to it. */
function pair() {
  const file = path.join(temporaryFolder(), 's');
  const bound = BoundSocket.bind(file, 0o600);
  const sender = DatagramSocket.connect(file);
  onTestFinished(() => {
    sender.close();
    bound.close();
  });
  expect(bound.socket.blockFor(60_000)).toBe(0);
  return { bound, sender };
}

/** Sends numbered datagrams without a pause, again and again while the queue of the kernel is full. */
function sendAll(sender: DatagramSocket, count: number): void {
  const data = Buffer.alloc(8);
  for (let i = 0; i < count; i++) {
    data.writeUInt32LE(i);
    while (sender.send(data, 4) !== 0);
  }
}

test('receives more datagrams than the kernel queues while the event loop is blocked', async () => {
  const { bound, sender } = pair();
  const batch = new DatagramBatch(COUNT, 8);
  for (let again = 0; again < 3; again++) {
    const received = new Promise<number>((resolve) => batch.receive(bound.socket.fd, 60_000, resolve));
    sendAll(sender, COUNT);
    expect(await received).toBe(COUNT);
    batch.messages.forEach((message, i) => {
      message.readControl();
      expect(message.received).toBe(4);
      expect(message.data.readUInt32LE()).toBe(i);
      expect(message.senderPid).toBe(process.pid);
      expect(message.senderUid).toBe(process.getuid?.());
      expect(message.controlTruncated).toBe(false);
    });
  }
});

test('ends at the first datagram after its time', async () => {
  const { bound, sender } = pair();
  const batch = new DatagramBatch(COUNT, 8);
  const received = new Promise<number>((resolve) => batch.receive(bound.socket.fd, 0, resolve));
  sendAll(sender, 1);
  expect(await received).toBe(1);
});

test('ends without a datagram when none comes for the time of the socket', async () => {
  const { bound } = pair();
  expect(bound.socket.blockFor(1)).toBe(0);
  const batch = new DatagramBatch(COUNT, 8);
  expect(await new Promise<number>((resolve) => batch.receive(bound.socket.fd, 60_000, resolve))).toBe(0);
});
