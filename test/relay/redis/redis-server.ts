/** Real Redis servers on free ports of the loopback, each with a folder of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { onTestFinished, test } from 'vitest';
import { endsWithTest, kill } from '../../child.js';
import { freePort } from '../../free-port.js';
import { memoryFolder } from '../../temporary.js';

const PROGRAM = 'redis-server';
const INSTALLED = spawnSync(PROGRAM, ['--version']).status === 0;
if (!INSTALLED) process.stdout.write(`skipped: ${PROGRAM} is not installed (apt-get install redis-server)\n`);

/** `it` where redis-server is installed; elsewhere the reason of the skip is printed. */
export const itWithRedis = test.skipIf(!INSTALLED);

/** A server that can be killed and started again with the same port and store. */
export class RedisProcess {
  readonly port: number;
  readonly url: string;
  readonly folder = memoryFolder();
  readonly #extra: readonly string[];
  readonly #client: { readonly password?: string };
  #process: ChildProcess | null = null;

  /** `extra`: more lines of its configuration. `client`: how the tests connect. */
  static async start(
    extra: readonly string[] = [],
    client: { readonly password?: string } = {},
    port = 0,
  ): Promise<RedisProcess> {
    const server = new RedisProcess(port || (await freePort()), extra, client);
    await server.start();
    return server;
  }

  private constructor(port: number, extra: readonly string[], client: { readonly password?: string }) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#extra = extra;
    this.#client = client;
  }

  /** Starts the process. Returns when it answers. A reply is sent only after the append-only file is flushed. */
  async start(): Promise<void> {
    const file = path.join(this.folder, 'redis.conf');
    const lines = [
      'bind 127.0.0.1',
      `port ${this.port}`,
      `dir ${this.folder}`,
      `logfile ${this.folder}/server.log`,
      'appendonly yes',
      'appendfsync always',
      'save ""',
      ...this.#extra,
    ];
    fs.writeFileSync(file, `${lines.join('\n')}\n`);
    const started = spawn(PROGRAM, [file], { stdio: 'ignore' });
    this.#process = endsWithTest(started);
    const probe = this.client();
    for (;;) {
      try {
        await probe.ping();
        return;
      } catch {
        if (started.exitCode !== null) throw new Error(fs.readFileSync(`${this.folder}/server.log`, 'utf8'));
        await sleep(10);
      }
    }
  }

  /** Kills the process with SIGKILL. The store stays. */
  async kill(): Promise<void> {
    if (this.#process !== null) await kill(this.#process);
    this.#process = null;
  }

  /** A connection of the test, which reconnects; closed when the test is over. */
  client(): Redis {
    const redis = new Redis({ port: this.port, retryStrategy: () => 20, ...this.#client });
    redis.on('error', () => {});
    onTestFinished(() => redis.disconnect());
    return redis;
  }
}
