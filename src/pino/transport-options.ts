/**
 * Options of the pino transport, and the channel that they describe. They are sent to a thread, so they are plain
 * data.
 */
import {
  type ChannelOptions,
  JournalWriter,
  type Retention,
  type RingPolicy,
  RingWriter,
  ShmWriter,
  TickUnit,
  type Writer,
} from '../channel/index.js';
import { RingwireError } from '../platform/index.js';

/** Options of the pino transport. */
export interface PinoTransportOptions {
  /** Root folder of the channel. */
  readonly root: string;
  /** Id of the channel, 0 to 2^64-1. */
  readonly channelId: bigint | number;
  /**
   * Kind of the channel. `journal` (default): keeps lines on disk without limit, or as `retention` states. `ring`:
   * keeps the newest lines. `log`: keeps the first lines, and fails when it is full.
   */
  readonly kind?: 'journal' | 'ring' | 'log';
  /** Bytes for lines; of each segment of a journal. Default: 16 MiB. */
  readonly capacity?: number;
  /**
   * Length of the largest record in bytes. A longer line becomes several records. Default: the maximum for the
   * capacity.
   */
  readonly maxMessageLength?: number;
  /** For a journal: which segments to delete. Default: none. */
  readonly retention?: Retention;
  /**
   * For a ring. `overwrite` (default): the writer overwrites the oldest lines. `back-pressure`: registered readers
   * block the logger.
   */
  readonly policy?: RingPolicy;
  /** Milliseconds of silence after which readers check whether the logger is alive, 1 to 2^31-1. Default: 10 000. */
  readonly timeoutMs?: number;
  /** Permissions of the files. Default: 0o600. */
  readonly fileMode?: number;
}

/** Transport options after checking, with the defaults of these fields filled in. */
export interface ResolvedTransportOptions extends PinoTransportOptions {
  readonly kind: 'journal' | 'ring' | 'log';
  readonly capacity: number;
  readonly timeoutMs: number;
}

const OPTIONS = [
  'root',
  'channelId',
  'kind',
  'capacity',
  'maxMessageLength',
  'retention',
  'policy',
  'timeoutMs',
  'fileMode',
];

/** Options that pino adds. */
const OF_PINO = ['pinoWillSendConfig', '$context'];
const KINDS = ['journal', 'ring', 'log'];
const LONGEST_TIMEOUT = 0x7fff_ffff;

/**
 * Checks the options and fills in the defaults.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function resolveTransportOptions(options: PinoTransportOptions): ResolvedTransportOptions {
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name) && !OF_PINO.includes(name)) {
      throw wrong(`unknown option '${name}'; expected one of ${OPTIONS.join(', ')}`);
    }
  }
  const { kind = 'journal', capacity = 16 << 20, timeoutMs = 10_000 } = options;
  if (typeof options.root !== 'string' || options.root === '')
    throw wrong('root must be the path of a folder');
  if (!KINDS.includes(kind)) throw wrong(`kind must be one of ${KINDS.join(', ')}, not ${kind}`);
  if (options.retention !== undefined && kind !== 'journal')
    throw wrong(`a ${kind} has no retention: use kind journal`);
  if (options.policy !== undefined && kind !== 'ring') throw wrong(`a ${kind} has no policy: use kind ring`);
  if (!(Number.isSafeInteger(timeoutMs) && timeoutMs > 0 && timeoutMs <= LONGEST_TIMEOUT)) {
    throw wrong(`timeoutMs must be a whole number from 1 to ${LONGEST_TIMEOUT}, not ${timeoutMs}`);
  }
  return { ...options, kind, capacity, timeoutMs: timeoutMs };
}

/** A channel with its writer. */
export interface TransportChannel {
  /** The writer of the channel. */
  readonly writer: Writer;
  /** Ends the use of the channel: closes a journal, detaches from a ring or log. */
  leave(): void;
}

/**
 * Creates or resumes the channel. A ring or log can be closed only once, so it stays open for the next logger. A
 * journal is closed and can be resumed.
 * @throws RingwireError like the writer of the kind
 */
export function openTransportChannel(options: ResolvedTransportOptions): TransportChannel {
  const { root, channelId, kind, capacity, timeoutMs, fileMode, retention, policy } = options;
  const longest = kind === 'ring' ? capacity / 8 - 8 : capacity / 128 - 16;
  const common = {
    writerId: process.pid,
    channelId,
    capacity,
    maxMessageLength: options.maxMessageLength ?? Math.max(8, Math.floor(longest / 8) * 8),
    timeout: timeoutMs,
    tickUnit: TickUnit.Millis,
    ...(fileMode === undefined ? {} : { fileMode }),
  };
  if (kind === 'journal') {
    const writer = JournalWriter.open(root, { ...common, ...(retention === undefined ? {} : { retention }) });
    return { writer, leave: () => writer.close() };
  }
  const ring = { ...common, ...(policy === undefined ? {} : { policy }) };
  const writer = kind === 'ring' ? RingWriter.open(root, ring) : openLog(root, common);
  return {
    writer,
    leave() {
      try {
        writer.flush();
      } finally {
        writer.detach();
      }
    },
  };
}

function openLog(root: string, options: ChannelOptions): ShmWriter {
  try {
    return ShmWriter.create(root, options);
  } catch (error) {
    if ((error as RingwireError).code !== 'STORAGE_ALREADY_EXISTS') throw error;
    return ShmWriter.resume(root, options);
  }
}

function wrong(message: string): RingwireError {
  return new RingwireError('INVALID_ARGUMENT', message);
}
