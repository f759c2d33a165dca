/** Parameters of an IPC publication, read from its URI and checked. Source: Aeron 1.53 `PublicationParams`. */
import { AeronError, AeronErrorCode } from '../../client/aeron-error.js';
import {
  FRAME_ALIGNMENT,
  FRAME_HEADER_LENGTH,
  MAX_TERM_LENGTH,
  MIN_TERM_LENGTH,
  positionOf,
} from '../../layout/frame-layout.js';
import type { ResolvedDriverOptions } from '../driver-options.js';
import { parseIpc } from '../driver-subscription.js';
import { isTermLength, MAX_MTU } from '../resolve-driver-options.js';

const I32_MIN = -(2 ** 31);
const I32_MAX = 2 ** 31 - 1;

/** Parameters of a publication; lengths in bytes, durations in nanoseconds. */
export interface PublicationParams {
  readonly channel: string;
  readonly termLength: number;
  readonly mtu: number;
  readonly window: number;
  readonly lingerNs: bigint;
  /** Always false: see {@link publicationParams}. */
  readonly sparse: boolean;
  readonly signalEos: boolean;
  readonly spiesSimulateConnection: boolean;
  readonly entityTag: bigint;
  readonly responseCorrelationId: bigint;
  readonly sessionId: number | null;
  /** First position of the stream, or null for the start of a random term. */
  readonly initial: {
    readonly initialTermId: number;
    readonly termId: number;
    readonly termOffset: number;
  } | null;
  readonly untetheredWindowLimitNs: bigint;
  readonly untetheredLingerNs: bigint;
  readonly untetheredRestingNs: bigint;
  /** Keys of the URI whose values must equal those of an existing shared publication. */
  readonly asked: ReadonlySet<string>;
}

const MUST_AGREE = ['session-id', 'mtu', 'term-length', 'init-term-id', 'term-id', 'term-offset'];
const MAX_RESEND = 256;
const MILLI_NS = 1_000_000n;

/**
 * The parameters of a channel. `sparse=true` is accepted without effect.
 *
 * INV-AERON-SPACE-01: the driver allocates every block of a file before it maps the file, for every channel. A full file
 * system causes error 12, never a SIGBUS in the driver or its clients.
 * @throws AeronError 1, 8 or 11
 */
export function publicationParams(channel: string, options: ResolvedDriverOptions): PublicationParams {
  const uri = parseIpc(channel);
  const termLength = uri.size('term-length', MIN_TERM_LENGTH, MAX_TERM_LENGTH) ?? options.termLength;
  if (!isTermLength(termLength)) throw wrong(`'term-length' must be a power of two, not ${termLength}`);
  const mtu = uri.size('mtu', FRAME_HEADER_LENGTH + 1, MAX_MTU) ?? options.mtu;
  if (mtu % FRAME_ALIGNMENT !== 0) throw wrong(`'mtu' must be a multiple of 32, not ${mtu}`);
  const nanos = (millis: number) => BigInt(millis) * MILLI_NS;
  const windowLimit =
    uri.duration('untethered-window-limit-timeout') ?? nanos(options.untetheredWindowLimitMs);
  uri.integer('max-resend', 1, MAX_RESEND);
  uri.boolean('sparse');
  return {
    channel,
    termLength,
    mtu,
    window: uri.size('pub-wnd', mtu, termLength / 2) ?? defaultWindow(termLength, mtu, options),
    lingerNs: uri.duration('linger') ?? nanos(options.lingerMs),
    sparse: false,
    signalEos: uri.boolean('eos') ?? true,
    spiesSimulateConnection: uri.boolean('ssc') ?? false,
    entityTag: entityTag(uri.get('tags')),
    responseCorrelationId: BigInt(uri.integer('response-correlation-id', -1, Number.MAX_SAFE_INTEGER) ?? -1),
    sessionId: uri.integer('session-id', I32_MIN, I32_MAX) ?? null,
    initial: initialTerm(uri, termLength),
    untetheredWindowLimitNs: windowLimit,
    untetheredLingerNs: uri.duration('untethered-linger-timeout') ?? lingerOf(windowLimit, options),
    untetheredRestingNs: uri.duration('untethered-resting-timeout') ?? nanos(options.untetheredRestingMs),
    asked: new Set(MUST_AGREE.filter((key) => uri.get(key) !== undefined)),
  };
}

/** The window of the options, limited to the range from one frame to half a term. */
function defaultWindow(
  termLength: number,
  mtu: number,
  { publicationWindow }: ResolvedDriverOptions,
): number {
  return publicationWindow === 0
    ? termLength / 2
    : Math.max(mtu, Math.min(publicationWindow, termLength / 2));
}

/** Equal to the window limit of the channel, unless the options differ. */
function lingerOf(windowLimit: bigint, options: ResolvedDriverOptions): bigint {
  const { untetheredLingerMs, untetheredWindowLimitMs } = options;
  return untetheredLingerMs === untetheredWindowLimitMs ? windowLimit : BigInt(untetheredLingerMs) * MILLI_NS;
}

function entityTag(tags: string | undefined): bigint {
  const tag = tags?.split(',')[1];
  if (tag === undefined) return -1n;
  if (!/^-?\d{1,18}$/.test(tag)) throw wrong(`'tags' must be whole numbers, not '${tags}'`);
  return BigInt(tag);
}

function initialTerm(uri: ReturnType<typeof parseIpc>, termLength: number): PublicationParams['initial'] {
  const initialTermId = uri.integer('init-term-id', I32_MIN, I32_MAX);
  const termId = uri.integer('term-id', I32_MIN, I32_MAX);
  const termOffset = uri.integer('term-offset', 0, termLength);
  const given = [initialTermId, termId, termOffset].filter((value) => value !== undefined).length;
  if (given === 0) return null;
  if (initialTermId === undefined || termId === undefined || termOffset === undefined) {
    throw wrong("'init-term-id', 'term-id' and 'term-offset' must be given together");
  }
  if (termOffset % FRAME_ALIGNMENT !== 0)
    throw wrong(`'term-offset' must be a multiple of 32, not ${termOffset}`);
  if (positionOf(termId, termOffset, termLength, initialTermId) < 0) {
    throw wrong(`'term-id' ${termId} must not be before 'init-term-id' ${initialTermId}`);
  }
  return { initialTermId, termId, termOffset };
}

function wrong(message: string): AeronError {
  return new AeronError(AeronErrorCode.Generic, message);
}
