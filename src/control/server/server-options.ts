/** The limits of a control server, checked and resolved in one place. */
import { ControlError } from '../control-error.js';

/** Limits of a {@link ControlServer}. */
export interface ServerOptions {
  /**
   * Connections at a time, 1 to 65 536. When all are taken, a new one replaces the connection that has been idle
   * longest, at least one second; without an idle one it is closed at once. Default 1024.
   */
  readonly maxConnections?: number;
  /** Bytes a request body may have, 1024 to 16 MiB; longer ones are read, discarded and refused. Default 64 KiB. */
  readonly maxRequestBody?: number;
  /** Bytes of unfinished requests over all connections; the one that goes over is closed. Default 4 MiB. */
  readonly maxHeldBytes?: number;
  /**
   * Bytes of answers waiting to be sent, over all connections. While more than half of it waits, log requests and
   * streams wait too, and connections get one answer at a time. One snapshot may go beyond it. Default 4 MiB.
   */
  readonly maxQueuedBytes?: number;
  /** Milliseconds a frame may take from its first byte to its last. Idle connections have no limit. Default 10 s. */
  readonly frameTimeoutMs?: number;
  /** Milliseconds in which a client must take 256 KiB, or all bytes that wait for it. Default 30 s. */
  readonly writeTimeoutMs?: number;
  /** Milliseconds that {@link ControlServer.close} waits for running requests. Default 3 s. */
  readonly closeTimeoutMs?: number;
  /** Called for closed, refused and lagging connections. Default: no log. */
  readonly log?: (entry: ServerLogEntry) => void;
}

/** One entry of {@link ServerOptions.log}. */
export interface ServerLogEntry {
  readonly level: 'info' | 'warn';
  /** What happened, as an identifier: `bad-frame`, `too-many-connections`, `slow-reader`, … */
  readonly what: string;
  /** For people. */
  readonly message: string;
  /** Number of the connection, counted from 1. */
  readonly connection?: number;
}

/** Options with all defaults filled in. */
export type ResolvedServerOptions = Required<ServerOptions>;

const KIB = 1024;
const MIB = 1024 * KIB;

/** @throws ControlError `INVALID_ARGUMENT` */
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
