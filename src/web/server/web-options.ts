/** Options of the web server: checks and defaults. */
import { isIP } from 'node:net';
import { isLoopback, RingwireError } from '../../platform/index.js';
import type { ProcessControl } from '../processes/process-control.js';
import type { SnapshotSource } from './snapshot-feed.js';

/** Shortest token of a file: shorter ones can be guessed. */
const SHORTEST_TOKEN = 32;

/** Options of {@link WebServer.listen}. */
export interface WebOptions {
  /** IP address to listen on. Another than a loopback address requires `token` or `tls`. Default: 127.0.0.1. */
  readonly host?: string;
  /** Port, 0 to 65535. 0: the kernel chooses one. Default: 9460. */
  readonly port?: number;
  /** Token that browsers and programs must show, at least 32 characters. Default: 32 random bytes. */
  readonly token?: string;
  /** Certificate chain and private key in PEM. Default: no TLS. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  /** Names beside IP addresses by which browsers reach the server, when it listens elsewhere. Default: none. */
  readonly names?: readonly string[];
  /** Refuse actions. Default: false. */
  readonly readOnly?: boolean;
  /** Takes the snapshots. */
  readonly source: SnapshotSource;
  /** Root folder of the channels. */
  readonly root: string;
  /** Manager of processes; null for none. */
  readonly processes: ProcessControl | null;
  /** What is observed, for people; null for a source that is not set up. */
  readonly health: string | null;
  readonly aeron: string | null;
  /** Folder of the package, which contains the page and the description of the API. */
  readonly packageFolder: URL;
}

/** {@link WebOptions} with defaults applied. */
export interface ResolvedWebOptions extends WebOptions {
  readonly host: string;
  readonly port: number;
  readonly loopback: boolean;
  readonly readOnly: boolean;
}

/** @throws RingwireError `INVALID_ARGUMENT` */
export function resolveWebOptions(options: WebOptions): ResolvedWebOptions {
  const { host = '127.0.0.1', port = 9460, token, tls, readOnly = false } = options;
  if (isIP(host) === 0) throw invalid(`the address to listen on must be an IP address, not '${host}'`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw invalid(`port ${port} is not in 0 to 65535`);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw invalid('the token must be printable ASCII, without blanks');
  if (token !== undefined && token.length < SHORTEST_TOKEN)
    throw invalid(`the token must have at least ${SHORTEST_TOKEN} characters`);
  const loopback = isLoopback(host);
  if (!loopback && token === undefined && tls === undefined) {
    throw invalid(`listening on ${host}, beyond this machine, requires --token-file, or --cert and --key`);
  }
  return { ...options, host, port, loopback, readOnly };
}

function invalid(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
