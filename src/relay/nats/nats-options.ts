/** The options of a connection to the servers: addresses, authentication and TLS. */
import net from 'node:net';
import tls, { type PeerCertificate } from 'node:tls';
import type { Authenticator, NodeConnectionOptions } from '@nats-io/transport-node';
import { RingwireError, setting } from '../../platform/index.js';
import { textOf } from '../file-text.js';
import { loadTransport } from './load-nats.js';
import type { NatsServers } from './nats-servers.js';

const DEFAULT_SERVER = 'nats://127.0.0.1:4222';
const CONNECT_MILLIS = 5000;
const SCHEME = /^(?:nats|tls):\/\//;

/**
 * The options of one connection. Files are read at each connection, so a renewed secret is used.
 * @throws RingwireError `INVALID_ARGUMENT`, `COULD_NOT_ACCESS_STORAGE`, `ENGINE_UNAVAILABLE`
 */
export async function connectionOptions(options: NatsServers): Promise<NodeConnectionOptions> {
  const authenticator = await authenticatorOf(options);
  const servers = serverNames(options.servers);
  const encryption = encryptionOf(options, servers);
  return {
    servers,
    name: 'ringwire relay',
    // The relay connects again by itself: each connection begins with a look at the stream.
    reconnect: false,
    timeout: CONNECT_MILLIS,
    pingInterval: CONNECT_MILLIS,
    noAsyncTraces: true,
    ...(authenticator === null ? {} : { authenticator }),
    ...(encryption === null ? {} : { tls: encryption }),
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

/**
 * Encryption is required where it is asked for; otherwise the server decides. The client ignores the scheme of an address.
 * @throws RingwireError `COULD_NOT_ACCESS_STORAGE`
 */
function encryptionOf({ tls: given }: NatsServers, servers: readonly string[]): object | null {
  if (given === undefined && !servers.some((name) => name.startsWith('tls:'))) return null;
  const { caFile, certFile, keyFile } = given ?? {};
  return {
    // The client would find out about a missing file only while it connects, and try again for ever.
    ...(caFile === undefined ? {} : { ca: textOf(caFile) }),
    ...(certFile === undefined ? {} : { cert: textOf(certFile) }),
    ...(keyFile === undefined ? {} : { key: textOf(keyFile) }),
    checkServerIdentity: identityCheck(servers),
  };
}

/**
 * The check of a certificate against the name of the server. For a server that is given by its IP address, the client
 * would check `localhost`: here the certificate must name one of the addresses.
 */
function identityCheck(servers: readonly string[]): typeof tls.checkServerIdentity {
  const hosts = servers.map((name) =>
    new URL(`http://${name.replace(SCHEME, '')}`).hostname.replace(/^\[|\]$/g, ''),
  );
  const addresses = hosts.filter((host) => net.isIP(host) !== 0);
  return (host: string, certificate: PeerCertificate) => {
    const isAddress = host === 'localhost' && addresses.length > 0;
    const names = isAddress ? [...addresses, ...hosts.filter((each) => each === host)] : [host];
    const errors = names.map((name) => tls.checkServerIdentity(name, certificate));
    return errors.includes(undefined) ? undefined : errors[0];
  };
}

async function authenticatorOf(options: NatsServers): Promise<Authenticator | null> {
  const { credsAuthenticator, nkeyAuthenticator, tokenAuthenticator, usernamePasswordAuthenticator } =
    await loadTransport();
  const credentials = options.credentialsFile ?? setting('NATS_CREDS');
  if (credentials !== undefined) return usable(credsAuthenticator(secret(credentials, '\n')), credentials);
  const nkey = options.nkeyFile ?? setting('NATS_NKEY');
  if (nkey !== undefined) return usable(nkeyAuthenticator(secret(nkey)), nkey);
  const token = options.tokenFile === undefined ? setting('NATS_TOKEN') : textOf(options.tokenFile);
  if (token !== undefined) return tokenAuthenticator(token);
  const user = options.user ?? setting('NATS_USER');
  if (user === undefined) return null;
  const password =
    options.passwordFile === undefined ? setting('NATS_PASSWORD') : textOf(options.passwordFile);
  return usernamePasswordAuthenticator(user, password ?? '');
}

/** The client would find a damaged file only while it connects, and try again for ever. */
function usable(authenticator: Authenticator, file: string): Authenticator {
  try {
    authenticator('nonce');
    return authenticator;
  } catch {
    // Without the cause: the error of the client may show the text.
    throw invalid(`${file} holds no credentials of a NATS user: use the file that nsc or nk has made`);
  }
}

/** `end`: the client finds credentials only in lines that end. */
function secret(file: string, end = ''): Uint8Array {
  return new TextEncoder().encode(`${textOf(file)}${end}`);
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
