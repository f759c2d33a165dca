/** One connection to a Redis server. It does not reconnect: each connection begins with a look at the stream. */
import type { Redis } from 'ioredis';
import { RingwireError, setting } from '../../platform/index.js';
import { textOf } from '../file-text.js';
import type { TransientFault } from '../transient-fault.js';
import { classify } from './redis-faults.js';
import type { RedisServer } from './redis-server.js';

const DEFAULT_SERVER = 'redis://127.0.0.1:6379';
const DEFAULT_PORT = 6379;
const TIMEOUT_MILLIS = 5000;

export class RedisConnection {
  readonly #redis: Redis;
  #fault: RingwireError | TransientFault | null = null;

  /** @throws RingwireError or TransientFault */
  static async open(options: RedisServer): Promise<RedisConnection> {
    const Client = await loadRedis();
    const connection = new RedisConnection(new Client(connectionOptions(options)));
    try {
      await connection.#redis.connect();
      return connection;
    } catch (error) {
      connection.close();
      throw connection.#fault ?? classify(error);
    }
  }

  private constructor(redis: Redis) {
    this.#redis = redis;
    redis.on('error', (error) => {
      this.#fault ??= classify(error);
    });
  }

  get isClosed(): boolean {
    return this.#redis.status === 'end';
  }

  /** @throws what the connection reported */
  check(): void {
    if (this.#fault !== null) throw this.#fault;
  }

  /** @throws RingwireError or TransientFault */
  async call(command: string, ...args: (string | number)[]): Promise<unknown> {
    try {
      return await this.#redis.callBuffer(command, args);
    } catch (error) {
      throw this.#fault ?? classify(error);
    }
  }

  /**
   * Executes commands as one transaction: all of them, or none.
   * @throws RingwireError or TransientFault, also when one of the commands has failed
   */
  async transaction(commands: readonly (readonly (string | Buffer)[])[]): Promise<void> {
    const transaction = this.#redis.multi();
    for (const [name, ...args] of commands) transaction.call(name as string, args);
    try {
      for (const [error] of (await transaction.exec()) ?? []) if (error !== null) throw error;
    } catch (error) {
      throw this.#fault ?? classify(error);
    }
  }

  close(): void {
    this.#redis.disconnect();
  }
}

/** @throws RingwireError `ENGINE_UNAVAILABLE` when the package does not load */
export async function loadRedis(): Promise<typeof Redis> {
  try {
    return (await import('ioredis')).Redis;
  } catch (cause) {
    throw new RingwireError(
      'ENGINE_UNAVAILABLE',
      'the client of Redis does not load: install it with "npm install ioredis@6"',
      { cause },
    );
  }
}

function connectionOptions({ server = DEFAULT_SERVER, user, passwordFile, caFile }: RedisServer) {
  const { protocol, hostname, port } = serverUrl(server);
  const username = user ?? setting('REDIS_USER');
  const password = passwordFile === undefined ? setting('REDIS_PASSWORD') : textOf(passwordFile);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? DEFAULT_PORT : Number(port),
    // The form of replies that every version of the server knows.
    protocol: 2 as const,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: () => null,
    connectTimeout: TIMEOUT_MILLIS,
    commandTimeout: 2 * TIMEOUT_MILLIS,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(protocol === 'rediss:' ? { tls: caFile === undefined ? {} : { ca: textOf(caFile) } } : {}),
  };
}

/** @throws RingwireError `INVALID_ARGUMENT`, without the secret that the text may hold */
export function serverUrl(server: string): URL {
  if (server.includes('@')) {
    throw invalid(
      'the address must not hold a user or a password: use a file, or REDIS_USER and REDIS_PASSWORD',
    );
  }
  if (!/^rediss?:\/\/[^\s/]+$/.test(server) || !URL.canParse(server)) {
    throw invalid(`'${server}' is not the address of a server: use redis://host:port or rediss://host:port`);
  }
  return new URL(server);
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
