/** The address of a stream or subject on the command line: `nats://host:port,host:port/STREAM/subject`. */
import { RingwireError } from '../../platform/index.js';

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

function expected(core: boolean): string {
  return core
    ? 'expected nats://host:port/subject'
    : 'expected nats://host:port/STREAM/subject; for core NATS use --core and nats://host:port/subject';
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
