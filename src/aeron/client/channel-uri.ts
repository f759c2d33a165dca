/**
 * Channel URIs: `[aeron-spy:]aeron:(ipc|udp)[?key=value[|key=value]...]`. Source: Aeron 1.53 `ChannelUri`; stricter
 * than the original, which accepts some malformed URIs.
 */

import { AeronError, AeronErrorCode } from './aeron-error.js';
import { requireI32, requireWhole } from './arguments.js';

const MAX_LENGTH = 4095;
const SPY = 'aeron-spy:';
const SCHEME = 'aeron:';

/** Transport of a channel. */
export type Media = 'ipc' | 'udp';
const MAX_TERM_LENGTH = 2 ** 30;
const FRAME_ALIGNMENT = 32;

/**
 * A channel URI; immutable, keys keep their order.
 *
 * @example
 * const channel = ChannelUri.parse('aeron:ipc').with('term-length', '64k').toString();
 */
export class ChannelUri {
  /** Transport: `ipc` or `udp`. */
  readonly media: Media;
  /** Whether it starts with `aeron-spy:`. */
  readonly isSpy: boolean;
  readonly #params: Map<string, string>;

  /**
   * @param params keys and values, in this order
   * @param isSpy whether the URI starts with `aeron-spy:`; default false
   * @throws AeronError 1 for a key or value that a URI cannot contain
   */
  constructor(media: Media, params: Iterable<readonly [string, string]> = [], isSpy = false) {
    this.media = media;
    this.isSpy = isSpy;
    this.#params = new Map(params);
    for (const [key, value] of this.#params) checkPair(key, value);
  }

  /** Parses a URI of at most 4095 bytes. @throws AeronError 1 (invalid channel) */
  static parse(channel: string): ChannelUri {
    if (Buffer.byteLength(channel) > MAX_LENGTH) throw invalid(channel, `is longer than ${MAX_LENGTH} bytes`);
    const isSpy = channel.startsWith(SPY);
    const rest = isSpy ? channel.slice(SPY.length) : channel;
    const question = rest.indexOf('?');
    const head = question < 0 ? rest : rest.slice(0, question);
    if (!head.startsWith(SCHEME)) throw invalid(channel, "does not begin with 'aeron:'");
    const media = head.slice(SCHEME.length);
    if (media !== 'ipc' && media !== 'udp') throw invalid(channel, `has the unknown media '${media}'`);
    const params = new Map<string, string>();
    if (question >= 0) {
      for (const pair of rest.slice(question + 1).split('|')) {
        const equals = pair.indexOf('=');
        const key = pair.slice(0, Math.max(equals, 0));
        if (equals <= 0 || equals === pair.length - 1)
          throw invalid(channel, `has no key and value in '${pair}'`);
        if (params.has(key)) throw invalid(channel, `has '${key}' twice`);
        params.set(key, pair.slice(equals + 1));
      }
    }
    return new ChannelUri(media, params, isSpy);
  }

  /** The keys in their order. */
  get keys(): string[] {
    return [...this.#params.keys()];
  }

  /** Value of `control-mode`: manual, dynamic or response. */
  get controlMode(): string | undefined {
    return this.get('control-mode');
  }

  /** First of the `tags`: groups channels that share an endpoint. */
  get channelTag(): string | undefined {
    return this.#tag(0);
  }

  /** Second of the `tags`: names one publication or subscription. */
  get entityTag(): string | undefined {
    return this.#tag(1);
  }

  /** Whether the URI contains the key. */
  has(key: string): boolean {
    return this.#params.has(key);
  }

  /** The value of a key, or undefined. */
  get(key: string): string | undefined {
    return this.#params.get(key);
  }

  /**
   * A copy with one parameter added or replaced.
   * @throws AeronError 1 for a key or value that a URI cannot contain; RingwireError `INVALID_ARGUMENT` for a number that is not whole
   */
  with(key: string, value: string | number | bigint | boolean): ChannelUri {
    if (typeof value === 'number') requireWhole(key, value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    return new ChannelUri(this.media, [...this.#params, [key, String(value)]], this.isSpy);
  }

  /** A copy without the key. */
  without(key: string): ChannelUri {
    return new ChannelUri(
      this.media,
      [...this.#params].filter(([name]) => name !== key),
      this.isSpy,
    );
  }

  /**
   * A copy whose stream starts at a position.
   * @param position in bytes, a multiple of 32 from 0
   * @param initialTermId term id at position 0, 32 bits signed
   * @param termLength bytes, 64 KiB to 1 GiB
   * @throws RingwireError `INVALID_ARGUMENT`
   */
  withInitialPosition(position: number, initialTermId: number, termLength: number): ChannelUri {
    requireWhole('position / 32', position / FRAME_ALIGNMENT, 0, Number.MAX_SAFE_INTEGER / FRAME_ALIGNMENT);
    requireI32('initialTermId', initialTermId);
    requireWhole('termLength', termLength, 65_536, MAX_TERM_LENGTH);
    const termId = (Math.floor(position / termLength) + initialTermId) | 0;
    return this.with('term-length', termLength)
      .with('init-term-id', initialTermId)
      .with('term-id', termId)
      .with('term-offset', position % termLength);
  }

  /**
   * A whole number, decimal or with `0x`.
   * @returns the value from `min` to `max`, or undefined when the key is absent
   * @throws AeronError 11 for any other text
   */
  integer(key: string, min: number, max: number): number | undefined {
    const text = this.get(key);
    if (text === undefined) return undefined;
    const value = /^(-?\d+|0x[0-9a-fA-F]+)$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw this.#wrong(key, text, `a whole number from ${min} to ${max}`);
  }

  /**
   * A number of bytes: decimal, with an optional `k` (2^10), `m` (2^20) or `g` (2^30).
   * @returns the value from `min` to `max`, or undefined when the key is absent
   * @throws AeronError 11 for any other text
   */
  size(key: string, min: number, max: number): number | undefined {
    const text = this.get(key);
    if (text === undefined) return undefined;
    const match = /^(\d+)([kKmMgG]?)$/.exec(text);
    const factor = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[match?.[2]?.toLowerCase() ?? ''] ?? 1;
    const value = match === null ? Number.NaN : Number(match[1]) * factor;
    if (value >= min && value <= max) return value;
    throw this.#wrong(key, text, `a size from ${min} to ${max} bytes`);
  }

  /**
   * A duration: decimal, with an optional `ns` (default), `us`, `ms` or `s`.
   * @returns nanoseconds, or undefined when the key is absent
   * @throws AeronError 11 for any other text
   */
  duration(key: string): bigint | undefined {
    const text = this.get(key);
    if (text === undefined) return undefined;
    const match = /^(\d+)(ns|us|ms|s)?$/.exec(text);
    if (match === null) throw this.#wrong(key, text, 'a duration such as 500ms');
    const factor = { ns: 1n, us: 1000n, ms: 1_000_000n, s: 1_000_000_000n }[match[2] ?? 'ns'] as bigint;
    return BigInt(match[1] as string) * factor;
  }

  /** `true` or `false`; undefined when the key is absent. @throws AeronError 11 for any other text */
  boolean(key: string): boolean | undefined {
    const text = this.get(key);
    if (text === undefined || text === 'true' || text === 'false')
      return text === undefined ? undefined : text === 'true';
    throw this.#wrong(key, text, 'true or false');
  }

  /** The URI as text, its keys in their order. */
  toString(): string {
    const params = [...this.#params].map(([key, value]) => `${key}=${value}`).join('|');
    return `${this.isSpy ? SPY : ''}${SCHEME}${this.media}${params === '' ? '' : `?${params}`}`;
  }

  #tag(index: number): string | undefined {
    const tag = this.get('tags')?.split(',')[index];
    return tag === '' ? undefined : tag;
  }

  #wrong(key: string, text: string, wanted: string): AeronError {
    return new AeronError(AeronErrorCode.Generic, `'${key}' must be ${wanted}, not '${text}'`);
  }
}

function checkPair(key: string, value: string): void {
  if (key !== '' && value !== '' && !/[?|=]/.test(key) && !/[?|]/.test(value)) return;
  throw new AeronError(
    AeronErrorCode.InvalidChannel,
    `a channel URI cannot contain '${key}=${value}': remove ? and | from it, and = from the key`,
  );
}

function invalid(channel: string, reason: string): AeronError {
  return new AeronError(AeronErrorCode.InvalidChannel, `invalid channel: ${channel} ${reason}`);
}
