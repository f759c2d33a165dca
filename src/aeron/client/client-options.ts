/** Options of an Aeron client, resolved in one place. Source of names and defaults: Aeron 1.53 `Aeron.Context`. */
import { RingwireError } from '../../platform/index.js';
import { defaultDirectory } from './monitoring/cnc-file.js';

export interface AeronOptions {
  /** Where the driver keeps its files; `AERON_DIR` or `/dev/shm/aeron-<user>` by default. */
  readonly directory?: string;
  /** Milliseconds without a sign of the driver after which it counts as gone; 10 000. */
  readonly driverTimeoutMs?: number;
  /** Shown in the label of the client's heartbeat counter; at most 100 bytes. */
  readonly clientName?: string;
  /** Milliseconds between two signs of life to the driver; 500. */
  readonly keepaliveIntervalMs?: number;
  /** Milliseconds between two turns of the conductor; 16. */
  readonly idleSleepMs?: number;
  /** Milliseconds a log stays mapped after its last user; 3000. */
  readonly resourceLingerMs?: number;
  /** Fill in every page of a log when it is mapped, so that no first store meets a page fault. Default false. */
  readonly preTouch?: boolean;
  /** The caller runs `doWork()`; otherwise a timer does. Default false. */
  readonly useInvoker?: boolean;
  /** Ends the attempt to connect. */
  readonly signal?: AbortSignal;
}

export type ResolvedAeronOptions = Required<Omit<AeronOptions, 'signal'>> & { readonly signal?: AbortSignal };

const KNOWN = [
  'directory',
  'driverTimeoutMs',
  'clientName',
  'keepaliveIntervalMs',
  'idleSleepMs',
  'resourceLingerMs',
  'preTouch',
  'useInvoker',
  'signal',
];

const MAX_CLIENT_NAME = 100;

/** @throws RingwireError `INVALID_ARGUMENT` */
export function resolveAeronOptions(options: AeronOptions): ResolvedAeronOptions {
  for (const name of Object.keys(options)) {
    if (!KNOWN.includes(name)) {
      throw new RingwireError('INVALID_ARGUMENT', `unknown option '${name}': there are ${KNOWN.join(', ')}`);
    }
  }
  const clientName = options.clientName ?? '';
  if (Buffer.byteLength(clientName) > MAX_CLIENT_NAME) {
    throw new RingwireError('INVALID_ARGUMENT', `clientName must have at most ${MAX_CLIENT_NAME} bytes`);
  }
  return {
    directory: options.directory ?? defaultDirectory(),
    driverTimeoutMs: millis('driverTimeoutMs', options.driverTimeoutMs ?? 10_000),
    clientName,
    keepaliveIntervalMs: millis('keepaliveIntervalMs', options.keepaliveIntervalMs ?? 500),
    idleSleepMs: millis('idleSleepMs', options.idleSleepMs ?? 16),
    resourceLingerMs: millis('resourceLingerMs', options.resourceLingerMs ?? 3000),
    preTouch: options.preTouch ?? false,
    useInvoker: options.useInvoker ?? false,
    ...(options.signal ? { signal: options.signal } : {}),
  };
}

function millis(name: string, value: number): number {
  if (Number.isFinite(value) && value >= 0) return value;
  throw new RingwireError('INVALID_ARGUMENT', `${name} must be a number of milliseconds, not ${value}`);
}
