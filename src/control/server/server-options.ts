/** The limits of a control server, checked and resolved in one place. */
import { ControlError } from '../control-error.js';

/** Limits of a {@link ControlServer}. */
export interface ServerOptions {
  /**
   * Connections at a time, 1 to 65 536. When all are taken, a new one replaces the connection that has been idle
   * longest, at least one second; without an idle one it is closed at once. Default 1024.
   */
  readonly maxConnections?: number;
  /** Maximum bytes of a request body, 1024 to 16 MiB. Longer bodies are read, discarded and refused. Default 64 KiB. */
  readonly maxRequestBody?: number;
  /** Bytes of unfinished requests over all connections, 1 KiB to 4 GiB. The connection that exceeds it is closed. Default 4 MiB. */
  readonly maxHeldBytes?: number;
  /**
   * Bytes of unsent answers over all connections, 64 KiB to 4 GiB. While more than half of it is unsent, log requests and
   * streams also wait, and each connection gets one answer at a time. One snapshot may exceed it. Default 4 MiB.
   */
  readonly maxQueuedBytes?: number;
  /**
   * Milliseconds from the first to the last byte of a frame, 10 to 3 600 000. Idle connections have no limit.
   * Default 10 000.
   */
  readonly frameTimeoutMs?: number;
  /** Milliseconds in which a client must take 256 KiB, or all unsent bytes; 10 to 3 600 000. Default 30 000. */
  readonly writeTimeoutMs?: number;
  /** Milliseconds that {@link ControlServer.close} waits for current requests, 0 to 3 600 000. Default 3000. */
  readonly closeTimeoutMs?: number;
  /** Called for closed, refused and lagging connections. Default: no log. */
  readonly log?: (entry: ServerLogEntry) => void;
}

/** One entry of {@link ServerOptions.log}. */
export interface ServerLogEntry {
  /** `warn`: a client was refused, cut or lost data. `info`: a connection failed by itself. */
  readonly level: 'info' | 'warn';
  /** What happened, as an identifier: `bad-frame`, `too-many-connections`, `slow-reader`, … */
  readonly what: string;
  /** A sentence for people. */
  readonly message: string;
  /** Number of the connection, counted from 1. */
  readonly connection?: number;
}

/** Options with all defaults filled in. */
export type ResolvedServerOptions = Required<ServerOptions>;

const KIB = 1024;
const MIB = 1024 * KIB;

/** Checks options and adds defaults. @throws ControlError `INVALID_ARGUMENT` */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  const resolved: ResolvedServerOptions = {
    maxConnections: within('maxConnections', options.maxConnections ?? 1024, 1, 65_536),
    maxRequestBody: within('maxRequestBody', options.maxRequestBody ?? 64 * KIB, KIB, 16 * MIB),
    maxHeldBytes: within('maxHeldBytes', options.maxHeldBytes ?? 4 * MIB, KIB, 4096 * MIB),
    maxQueuedBytes: within('maxQueuedBytes', options.maxQueuedBytes ?? 4 * MIB, 64 * KIB, 4096 * MIB),
    frameTimeoutMs: within('frameTimeoutMs', options.frameTimeoutMs ?? 10_000, 10, 3_600_000),
    writeTimeoutMs: within('writeTimeoutMs', options.writeTimeoutMs ?? 30_000, 10, 3_600_000),
    closeTimeoutMs: within('closeTimeoutMs', options.closeTimeoutMs ?? 3_000, 0, 3_600_000),
    log: options.log ?? (() => {}),
  };
  for (const name of Object.keys(options)) {
    if (!(name in resolved)) {
      const known = Object.keys(resolved).join(', ');
      throw new ControlError('INVALID_ARGUMENT', `unknown option '${name}'; expected one of ${known}`);
    }
  }
  return resolved;
}

function within(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new ControlError(
    'INVALID_ARGUMENT',
    `${name} must be a whole number from ${least} to ${most}, not ${value}`,
  );
}
