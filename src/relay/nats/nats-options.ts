/** The options of a connection to the servers: addresses, authentication and TLS. */
import fs from 'node:fs';
import type { Authenticator, NodeConnectionOptions } from '@nats-io/transport-node';
import { couldNotAccess, RingwireError, setting } from '../../platform/index.js';
import { loadTransport } from './load-nats.js';
import type { NatsServers } from './nats-servers.js';

const DEFAULT_SERVER = 'nats://127.0.0.1:4222';
const CONNECT_MILLIS = 5000;

/**
 * The options of one connection. Files are read at each connection, so a renewed secret is used.
 * @throws RingwireError `INVALID_ARGUMENT`, `COULD_NOT_ACCESS_STORAGE`, `ENGINE_UNAVAILABLE`
 */
export async function connectionOptions(options: NatsServers): Promise<NodeConnectionOptions> {
  const authenticator = await authenticatorOf(options);
  const { tls } = options;
  return {
    servers: serverNames(options.servers),
    name: 'ringwire relay',
    // The relay connects again by itself: each connection begins with a look at the stream.
    reconnect: false,
    timeout: CONNECT_MILLIS,
    pingInterval: CONNECT_MILLIS,
    noAsyncTraces: true,
    ...(authenticator === null ? {} : { authenticator }),
    ...(tls === undefined ? {} : { tls: { ...tls } }),
  };
}

/** @throws RingwireError `INVALID_ARGUMENT`, without the secret that a name may hold */
export function serverNames(servers: NatsServers['servers'] = DEFAULT_SERVER): string[] {
  const names = typeof servers === 'string' ? servers.split(',') : [...servers];
  if (names.length === 0) throw invalid('servers must name at least one server');
  for (const name of names) {
    if (name.includes('@')) {
      throw invalid(
        'the name of a server must not hold a user, a password or a token: use a file, or NATS_USER and NATS_PASSWORD',
      );
    }
    if (!/^(?:(?:nats|tls):\/\/)?[^\s/]+$/.test(name)) {
      throw invalid(`'${name}' is not the name of a server: use nats://host:port or tls://host:port`);
    }
  }
  return names;
}

async function authenticatorOf(options: NatsServers): Promise<Authenticator | null> {
  const { credsAuthenticator, nkeyAuthenticator, tokenAuthenticator, usernamePasswordAuthenticator } =
    await loadTransport();
  const credentials = options.credentialsFile ?? setting('NATS_CREDS');
  if (credentials !== undefined) return credsAuthenticator(secret(credentials));
  const nkey = options.nkeyFile ?? setting('NATS_NKEY');
  if (nkey !== undefined) return nkeyAuthenticator(secret(nkey));
  const token = options.tokenFile === undefined ? setting('NATS_TOKEN') : text(options.tokenFile);
  if (token !== undefined) return tokenAuthenticator(token);
  const user = options.user ?? setting('NATS_USER');
  if (user === undefined) return null;
  const password = options.passwordFile === undefined ? setting('NATS_PASSWORD') : text(options.passwordFile);
  return usernamePasswordAuthenticator(user, password ?? '');
}

function secret(file: string): Uint8Array {
  return new TextEncoder().encode(text(file));
}

function text(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw couldNotAccess(file, error);
  }
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
