/**
 * Options of an Aeron client, resolved in one place. A missing option is taken from its environment variable, then from
 * its default. Source of names and defaults: Aeron 1.53 `Aeron.Context`, C `aeron_context.c`.
 */
import path from 'node:path';
import { setting } from '../../platform/index.js';
import { invalid, requireBoolean, requireKnown, requireMs } from './arguments.js';
import { booleanFromEnvironment, durationFromEnvironment } from './environment.js';
import { defaultDirectory } from './monitoring/driver-folder.js';

/** Options of `Aeron.connect`. */
export interface AeronOptions {
  /** Folder of the driver's files. Default: `AERON_DIR`, else `/dev/shm/aeron-<user>`. */
  readonly directory?: string;
  /**
   * Accept a folder that belongs to another user or that other users may write to. Such users can stop this process and
   * read and change all messages. Default: false.
   */
  readonly allowForeignDirectory?: boolean;
  /** Milliseconds without a heartbeat after which the driver counts as dead, from 0. Default: `AERON_DRIVER_TIMEOUT`, else 10,000. */
  readonly driverTimeoutMs?: number;
  /** Name in the label of the client's heartbeat counter; at most 100 bytes. Default: `AERON_CLIENT_NAME`, else none. */
  readonly clientName?: string;
  /** Milliseconds between two heartbeats of this client, from 0. Default: 500. */
  readonly keepaliveIntervalMs?: number;
  /** Milliseconds between two duty cycles of the conductor, from 0. Default: `AERON_CLIENT_IDLE_SLEEP_DURATION`, else 16. */
  readonly idleSleepMs?: number;
  /** Milliseconds for which a log stays mapped after its last use, from 0. Default: `AERON_CLIENT_RESOURCE_LINGER_DURATION`, else 3000. */
  readonly resourceLingerMs?: number;
  /** Touch each page of a log when it is mapped, so that later accesses cause no page fault. Default: `AERON_CLIENT_PRE_TOUCH_MAPPED_MEMORY`, else false. */
  readonly preTouch?: boolean;
  /**
   * Allocate the blocks of a sparse log before it is mapped. A full file system then causes an error, not a SIGBUS.
   * Default: true.
   */
  readonly reserveLogs?: boolean;
  /** Whether the caller calls `doWork()`. By default a timer does. Default: false. */
  readonly useInvoker?: boolean;
  /** Cancels `Aeron.connect`. Default: none. */
  readonly signal?: AbortSignal;
}

/** The options of a client with their defaults. */
export type ResolvedAeronOptions = Required<Omit<AeronOptions, 'signal'>> & { readonly signal?: AbortSignal };

const KNOWN = [
  'directory',
  'allowForeignDirectory',
  'driverTimeoutMs',
  'clientName',
  'keepaliveIntervalMs',
  'idleSleepMs',
  'resourceLingerMs',
  'preTouch',
  'reserveLogs',
  'useInvoker',
  'signal',
];

const MAX_CLIENT_NAME = 100;

/** @throws RingwireError `INVALID_ARGUMENT` */
export function resolveAeronOptions(options: AeronOptions): ResolvedAeronOptions {
  requireKnown(options, KNOWN);
  const clientName = options.clientName ?? setting('AERON_CLIENT_NAME') ?? '';
  if (Buffer.byteLength(clientName) > MAX_CLIENT_NAME) {
    throw invalid(
      `clientName must have at most ${MAX_CLIENT_NAME} bytes, not ${Buffer.byteLength(clientName)}`,
    );
  }
  const millis = (name: keyof AeronOptions, given: unknown, fallback: number, min = 0) =>
    requireMs(name, (given as number | undefined) ?? fallback, min);
  const flag = (name: keyof AeronOptions, fallback: boolean) =>
    requireBoolean(name, (options[name] as boolean | undefined) ?? fallback);
  return {
    directory: resolveDirectory(options.directory),
    allowForeignDirectory: flag('allowForeignDirectory', false),
    driverTimeoutMs: millis(
      'driverTimeoutMs',
      options.driverTimeoutMs ?? durationFromEnvironment('AERON_DRIVER_TIMEOUT', 'ms'),
      10_000,
    ),
    clientName,
    keepaliveIntervalMs: millis('keepaliveIntervalMs', options.keepaliveIntervalMs, 500),
    idleSleepMs: millis(
      'idleSleepMs',
      options.idleSleepMs ?? durationFromEnvironment('AERON_CLIENT_IDLE_SLEEP_DURATION'),
      16,
    ),
    resourceLingerMs: millis(
      'resourceLingerMs',
      options.resourceLingerMs ?? durationFromEnvironment('AERON_CLIENT_RESOURCE_LINGER_DURATION'),
      3000,
    ),
    preTouch: flag('preTouch', booleanFromEnvironment('AERON_CLIENT_PRE_TOUCH_MAPPED_MEMORY') ?? false),
    reserveLogs: flag('reserveLogs', true),
    useInvoker: flag('useInvoker', false),
    ...(options.signal ? { signal: options.signal } : {}),
  };
}

/** The folder of a driver as an absolute path. @throws RingwireError `INVALID_ARGUMENT` for an empty name */
export function resolveDirectory(given: string | undefined): string {
  if (given === '') throw invalid('directory must not be empty: give the folder of a driver');
  return path.resolve(given ?? defaultDirectory());
}
