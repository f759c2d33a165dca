/** What the URI of an IPC publication asks for, checked. Source: Aeron 1.53 `PublicationParams`. */
import { AeronError, AeronErrorCode } from '../../client/aeron-error.js';
import {
  FRAME_ALIGNMENT,
  FRAME_HEADER_LENGTH,
  MAX_TERM_LENGTH,
  MIN_TERM_LENGTH,
  positionOf,
} from '../../layout/frame-layout.js';
import { isTermLength, type ResolvedDriverOptions } from '../driver-options.js';
import { parseIpc } from '../driver-subscription.js';

const MAX_MTU = 65_504;
const I32_MIN = -(2 ** 31);
const I32_MAX = 2 ** 31 - 1;

export interface PublicationParams {
  readonly channel: string;
  readonly termLength: number;
  readonly mtu: number;
  readonly window: number;
  readonly lingerNs: bigint;
  readonly sparse: boolean;
  readonly signalEos: boolean;
  readonly spiesSimulateConnection: boolean;
  readonly entityTag: bigint;
  readonly responseCorrelationId: bigint;
  readonly sessionId: number | null;
  /** Where the stream begins, or null for the beginning of a random term. */
  readonly initial: {
    readonly initialTermId: number;
    readonly termId: number;
    readonly termOffset: number;
  } | null;
  readonly untetheredWindowLimitNs: bigint;
  readonly untetheredLingerNs: bigint;
  readonly untetheredRestingNs: bigint;
  /** Keys that a shared publication must agree on with the one that is there. */
  readonly asked: ReadonlySet<string>;
}

const MUST_AGREE = ['session-id', 'mtu', 'term-length', 'init-term-id', 'term-id', 'term-offset'];
const MAX_RESEND = 256;
const SECOND_NS = 1_000_000_000n;

/** @throws AeronError 1, 8 or 11 */
export function publicationParams(channel: string, options: ResolvedDriverOptions): PublicationParams {
  const uri = parseIpc(channel);
  const termLength = uri.size('term-length', MIN_TERM_LENGTH, MAX_TERM_LENGTH) ?? options.termLength;
  if (!isTermLength(termLength)) throw wrong(`'term-length' must be a power of two, not ${termLength}`);
  const mtu = uri.size('mtu', FRAME_HEADER_LENGTH + 1, MAX_MTU) ?? options.mtu;
  if (mtu % FRAME_ALIGNMENT !== 0) throw wrong(`'mtu' must be a multiple of 32, not ${mtu}`);
  const windowLimit = uri.duration('untethered-window-limit-timeout') ?? 5n * SECOND_NS;
  uri.integer('max-resend', 1, MAX_RESEND);
  return {
    channel,
    termLength,
    mtu,
    window: uri.size('pub-wnd', mtu, termLength / 2) ?? termLength / 2,
    lingerNs: uri.duration('linger') ?? BigInt(options.lingerMs) * 1_000_000n,
    sparse: uri.boolean('sparse') ?? false,
    signalEos: uri.boolean('eos') ?? true,
    spiesSimulateConnection: uri.boolean('ssc') ?? false,
    entityTag: entityTag(uri.get('tags')),
    responseCorrelationId: BigInt(uri.integer('response-correlation-id', -1, Number.MAX_SAFE_INTEGER) ?? -1),
    sessionId: uri.integer('session-id', I32_MIN, I32_MAX) ?? null,
    initial: initialTerm(uri, termLength),
    untetheredWindowLimitNs: windowLimit,
    untetheredLingerNs: uri.duration('untethered-linger-timeout') ?? windowLimit,
    untetheredRestingNs: uri.duration('untethered-resting-timeout') ?? 10n * SECOND_NS,
    asked: new Set(MUST_AGREE.filter((key) => uri.get(key) !== undefined)),
  };
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
    throw wrong(`'term-id' ${termId} lies before 'init-term-id' ${initialTermId}`);
  }
  return { initialTermId, termId, termOffset };
}

function wrong(message: string): AeronError {
  return new AeronError(AeronErrorCode.Generic, message);
}
