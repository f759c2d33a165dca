/** Addresses on the command line: `nats://host:port,host:port/STREAM/subject` and `redis://host:port/STREAM`. */
import { RingwireError } from '../../../platform/index.js';

/** Servers of NATS, and a stream or subject. */
export interface NatsTarget {
  readonly servers: string[];
  /** Empty for core NATS. */
  readonly stream: string;
  readonly subject: string | undefined;
}

/**
 * Null for text that names a channel. `subject`: that of the option, if any, instead of one in the address.
 * @throws RingwireError `INVALID_ARGUMENT`, without the secret that the text may hold
 */
export function natsTarget(text: string, core: boolean, subject?: string): NatsTarget | null {
  const scheme = /^(nats|tls):\/\//.exec(text)?.[0];
  if (scheme === undefined) return null;
  const [hosts = '', first, second, ...more] = text.slice(scheme.length).split('/');
  if (text.includes('@')) {
    throw invalid(
      'the address must not hold a user, a password or a token: use --creds, --nkey, --token-file or --password-file, or the environment',
    );
  }
  const servers = hosts.split(',').map((host) => `${scheme}${host.replace(/^(nats|tls):\/\//, '')}`);
  const [stream, named] = core ? [undefined, first] : [first, second];
  if (hosts === '' || more.length > 0 || (core ? second !== undefined : !stream))
    throw invalid(expected(core));
  if (named && subject !== undefined)
    throw invalid('name the subject in the address or with --subject, not both');
  const chosen = subject ?? (named || undefined);
  if (core && chosen === undefined) throw invalid(expected(core));
  return { servers, stream: stream ?? '', subject: chosen };
}

/** A Redis server, and the key of a stream. */
export interface RedisTarget {
  readonly server: string;
  readonly stream: string;
}

/**
 * Null for text that is not an address of Redis.
 * @throws RingwireError `INVALID_ARGUMENT`, without the secret that the text may hold
 */
export function redisTarget(text: string): RedisTarget | null {
  if (!/^rediss?:\/\//.test(text)) return null;
  if (text.includes('@'))
    throw invalid(
      'the address must not hold a user or a password: use --user and --password-file, or the environment',
    );
  const [, server, stream] = /^(rediss?:\/\/[^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (server === undefined || stream === undefined) throw invalid('expected redis://host:port/STREAM');
  return { server, stream };
}

function expected(core: boolean): string {
  return core
    ? 'expected nats://host:port/subject'
    : 'expected nats://host:port/STREAM/subject; for core NATS use --core and nats://host:port/subject';
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
