/** Real NATS servers on free ports of the loopback, each with a folder of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamManager, jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { endsWithTest, kill, stop } from '../../child.js';
import { freePort } from '../../free-port.js';
import { memoryFolder } from '../../temporary.js';

const PROGRAM = 'nats-server';
const INSTALLED = spawnSync(PROGRAM, ['--version']).status === 0;
if (!INSTALLED) process.stdout.write(`skipped: ${PROGRAM} is not installed (apt-get install nats-server)\n`);

/** `it` where nats-server is installed; elsewhere the reason of the skip is printed. */
export const itWithNats = test.skipIf(!INSTALLED);

/** A server that can be killed and started again with the same port and store. */
export class NatsServer {
  readonly port: number;
  readonly url: string;
  readonly folder: string;
  readonly #extra: string;
  readonly #client: NodeConnectionOptions;
  #process: ChildProcess | null = null;

  /** `extra`: more lines of its configuration. `client`: how the tests connect. */
  static async start(extra = '', client: NodeConnectionOptions = {}, port = 0): Promise<NatsServer> {
    const server = new NatsServer(port || (await freePort()), extra, client);
    await server.start();
    return server;
  }

  private constructor(port: number, extra: string, client: NodeConnectionOptions) {
    this.port = port;
    this.url = `nats://127.0.0.1:${port}`;
    this.folder = memoryFolder();
    this.#extra = extra;
    this.#client = client;
  }

  /** Starts the process. Returns when the port accepts connections. */
  async start(): Promise<void> {
    const file = path.join(this.folder, 'server.conf');
    fs.writeFileSync(
      file,
      `listen: "127.0.0.1:${this.port}"\njetstream { store_dir: "${this.folder}/store", max_memory_store: 64MB, max_file_store: 4GB }\n${this.#extra}\n`,
    );
    const log = path.join(this.folder, 'server.log');
    const started = spawn(PROGRAM, ['-c', file, '-l', log], { stdio: 'ignore' });
    this.#process = endsWithTest(started);
    while (!(await accepts(this.port))) {
      if (started.exitCode !== null) throw new Error(fs.readFileSync(log, 'utf8'));
      await sleep(10);
    }
  }

  /** Kills the process with SIGKILL. The store stays. */
  async kill(): Promise<void> {
    if (this.#process !== null) await kill(this.#process);
    this.#process = null;
  }

  /** Stops the process with SIGSTOP: its connections stay, and it answers nothing. */
  async pause(): Promise<void> {
    if (this.#process !== null) await stop(this.#process);
  }

  /** What the server has logged so far. */
  get log(): string {
    return fs.readFileSync(path.join(this.folder, 'server.log'), 'utf8');
  }

  /** A connection of the test, closed when the test is over. */
  async connect(): Promise<NatsConnection> {
    const connection = await connect({ servers: this.url, ...this.#client });
    onTestFinished(() => connection.close());
    return connection;
  }

  /** A file with a secret, in the folder of the server. */
  secretFile(secret: string): string {
    const file = path.join(this.folder, 'secret');
    fs.writeFileSync(file, secret);
    return file;
  }

  async manager(): Promise<JetStreamManager> {
    return jetstreamManager(await this.connect());
  }

  /** Creates the stream `RECORDS`, which takes the subjects `records.>`. */
  async addStream(options: Partial<StreamConfig> = {}): Promise<JetStreamManager> {
    const manager = await this.manager();
    await manager.streams.add({ name: 'RECORDS', subjects: ['records.>'], ...options });
    return manager;
  }

  /** Waits until the stream holds a message of this number. A flush says only that the server has it, not the stream. */
  async stored(sequence: number): Promise<void> {
    const manager = await this.manager();
    await expect.poll(async () => (await manager.streams.info('RECORDS')).state.last_seq).toBe(sequence);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
