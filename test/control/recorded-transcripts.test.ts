/**
 * The bytes between the original command and an original manager. Our client gets the server's bytes and must send
 * the command's; our server, over a manager that knows the recorded answers, must send the server's.
 */
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ControlClient,
  type ControlEvent,
  type ControlFrame,
  ControlServer,
  type ControlService,
  decodeBody,
  errorFromText,
  FrameDecoder,
  MessageType,
  QueueWatch,
  type WireEntry,
} from '../../src/control/index.js';
import { temporaryFolder } from '../temporary.js';
import { readJson, vectorsFolder } from '../vectors.js';
import { RawSocket } from './raw-socket.js';

interface Connection {
  conn: number;
  steps: { dir?: 'c2s' | 's2c'; hex?: string; ev?: string }[];
}

const folder = vectorsFolder('control');

describe.each([
  ['v0.2.0', 20],
  ['v0.4.6', 22],
])('the transcript of %s', (version, count) => {
  const connections = readJson<{ connections: Connection[] }>(
    path.join(folder, `transcript_${version}.json`),
  ).connections;

  it(`has ${count} connections`, () => expect(connections).toHaveLength(count));

  it.each(connections)(
    'connection $conn: our client sends the bytes of the original command',
    async ({ steps }) => {
      const socketPath = path.join(temporaryFolder(), 'manager.sock');
      const wanted = bytesOf(steps, 'c2s');
      const reply = bytesOf(steps, 's2c');
      const got: Buffer[] = [];
      const server = net.createServer((socket) => {
        socket.on('error', () => {});
        const requests = new FrameDecoder();
        const answers = splitReplies(wanted, reply);
        socket.on('data', (chunk) => {
          got.push(chunk);
          requests.push(chunk);
          while (requests.next() !== null) sendInPieces(socket, answers.shift() ?? Buffer.alloc(0));
          if (answers.length === 0) socket.end();
        });
      });
      server.listen(socketPath);
      await once(server, 'listening');
      await repeatRequests(socketPath, wanted);
      expect(Buffer.concat(got).toString('hex')).toBe(wanted.toString('hex'));
      server.close();
    },
  );

  it.each(connections)(
    'connection $conn: our server sends the bytes of the original manager',
    async ({ steps }) => {
      const socketPath = path.join(temporaryFolder(), 'manager.sock');
      const wanted = bytesOf(steps, 's2c');
      // The last connection that was cut ends inside a frame: compare whole frames.
      const frames = framesOf(wanted);
      const server = new ControlServer(serviceFrom(framesOf(bytesOf(steps, 'c2s')), frames));
      await server.listen(socketPath);
      const client = await RawSocket.connect(socketPath);
      client.socket.write(bytesOf(steps, 'c2s'));
      await client.until(() => client.frames.length >= frames.length);
      expect(client.frames.map(describeFrame)).toEqual(frames.map(describeFrame));
      client.destroy();
      await server.close();
    },
  );
});

function bytesOf(steps: Connection['steps'], dir: 'c2s' | 's2c'): Buffer {
  return Buffer.concat(
    steps.filter((step) => step.dir === dir).map((step) => Buffer.from(step.hex ?? '', 'hex')),
  );
}

function framesOf(bytes: Buffer): ControlFrame[] {
  const decoder = new FrameDecoder();
  decoder.push(bytes);
  const frames: ControlFrame[] = [];
  for (let frame = decoder.next(); frame !== null; frame = decoder.next()) frames.push(frame);
  return frames;
}

function describeFrame({ type, flags, seq, body }: ControlFrame): object {
  return { type, flags, seq, body: body.toString('hex') };
}

/** One reply per request, and everything left to the last. */
function splitReplies(requests: Buffer, replies: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  const total = framesOf(requests).length;
  let at = 0;
  for (let i = 0; i < total - 1; i++) {
    const length = 17 + replies.readUInt32BE(at + 13);
    parts.push(replies.subarray(at, at + length));
    at += length;
  }
  parts.push(replies.subarray(at));
  return parts;
}

function sendInPieces(socket: net.Socket, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at += 13) socket.write(bytes.subarray(at, at + 13));
}

/** Has our client ask what the original command asked. */
async function repeatRequests(socketPath: string, requests: Buffer): Promise<void> {
  const client = await ControlClient.dial(socketPath);
  for (const { type, body } of framesOf(requests)) {
    try {
      await repeat(client, type as MessageType, body);
    } catch (error) {
      // "process not found", and streams that the recording cut inside a frame.
      expect(['NOT_FOUND', 'TRUNCATED_FRAME']).toContain((error as { code: string }).code);
    }
  }
  client.close();
}

async function repeat(client: ControlClient, type: MessageType, body: Buffer): Promise<void> {
  switch (type) {
    case MessageType.ListRequest:
      expect((await client.list()).length).toBeGreaterThan(0);
      return;
    case MessageType.StatusRequest:
      await client.status(decodeBody(MessageType.StatusRequest, body).id);
      return;
    case MessageType.StopRequest:
      await client.stop(decodeBody(MessageType.StopRequest, body).id);
      return;
    case MessageType.LogsRequest: {
      const { id, s, f, sn = 0n, ln = 0 } = decodeBody(MessageType.LogsRequest, body);
      const options = { stream: s as 0 | 1, follow: f, since: sn, lines: ln };
      for await (const chunk of client.logs(id, options)) expect(chunk.length).toBeGreaterThan(0);
      return;
    }
    default:
      for await (const event of client.events()) expect(event.summary).toBe(`${event.type} ${event.id}`);
  }
}

/** A manager that gives the recorded answers, in the order in which they were given. */
function serviceFrom(requests: ControlFrame[], replies: ControlFrame[]): ControlService {
  const answers = [...replies];
  const status = (): WireEntry => {
    const { entry, err } = decodeBody(MessageType.StatusResponse, (answers.shift() as ControlFrame).body);
    if (err !== '') throw errorFromText(err);
    return entry;
  };
  const logData = () => decodeBody(MessageType.LogsStream, (answers.shift() as ControlFrame).body).d;
  return {
    list: () => decodeBody(MessageType.ListResponse, (answers.shift() as ControlFrame).body).entries ?? [],
    statusOf: status,
    stop: async () => void status(),
    logsSnapshot: () => logData(),
    watchLogs: () => {
      const watch = new QueueWatch<Uint8Array>(1 << 20, (item) => item.length);
      for (const { body } of answers) {
        watch.push(decodeBody(MessageType.LogsStream, body).d ?? Buffer.alloc(0));
      }
      return watch;
    },
    events: () => {
      expect(requests).toHaveLength(1);
      const watch = new QueueWatch<ControlEvent>(1 << 20, () => 64);
      for (const { body } of answers) {
        const { pid, t, ts } = decodeBody(MessageType.EventsStream, body);
        watch.push({ id: pid, type: t, time: ts });
      }
      return watch;
    },
  };
}
