/**
 * Channel URIs: `[aeron-spy:]aeron:(ipc|udp)[?key=value[|key=value]...]`. Source: Aeron 1.53 `ChannelUri`; stricter
 * than the original, which lets some malformed ones pass.
 */
import { AeronError, AeronErrorCode } from './aeron-error.js';

const MAX_LENGTH = 4095;
const SPY = 'aeron-spy:';
const SCHEME = 'aeron:';

export type Media = 'ipc' | 'udp';

export class ChannelUri {
  readonly media: Media;
  readonly isSpy: boolean;
  readonly #params: Map<string, string>;

  constructor(media: Media, params: Iterable<readonly [string, string]> = [], isSpy = false) {
    this.media = media;
    this.isSpy = isSpy;
    this.#params = new Map(params);
    for (const [key, value] of this.#params) checkPair(key, value);
  }

  /** @throws AeronError 1 (invalid channel) */
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

  get(key: string): string | undefined {
    return this.#params.get(key);
  }

  /** A copy with one more, or another, parameter; keys keep their order. */
  with(key: string, value: string | number | bigint | boolean): ChannelUri {
    return new ChannelUri(this.media, [...this.#params, [key, String(value)]], this.isSpy);
  }

  /**
   * A copy whose stream begins at a position.
   * @param position a multiple of 32, at least 0
   */
  withInitialPosition(position: number, initialTermId: number, termLength: number): ChannelUri {
    if (position < 0 || position % 32 !== 0)
      throw invalid(this.toString(), `cannot begin at position ${position}`);
    const termId = (Math.floor(position / termLength) + initialTermId) | 0;
    return this.with('term-length', termLength)
      .with('init-term-id', initialTermId)
      .with('term-id', termId)
      .with('term-offset', position % termLength);
  }

  /** A whole number, decimal or 0x, from `min` to `max`. @throws AeronError 11 */
  integer(key: string, min: number, max: number): number | undefined {
    const text = this.get(key);
    if (text === undefined) return undefined;
    const value = /^(-?\d+|0x[0-9a-fA-F]+)$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw this.#wrong(key, text, `a whole number from ${min} to ${max}`);
  }

  /** A number of bytes: decimal with k, m or g. @throws AeronError 11 */
  size(key: string, min: number, max: number): number | undefined {
    const text = this.get(key);
    if (text === undefined) return undefined;
    const match = /^(\d+)([kKmMgG]?)$/.exec(text);
    const factor = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[match?.[2]?.toLowerCase() ?? ''] ?? 1;
    const value = match === null ? Number.NaN : Number(match[1]) * factor;
    if (value >= min && value <= max) return value;
    throw this.#wrong(key, text, `a size from ${min} to ${max} bytes`);
  }

  /** A span of time in nanoseconds: decimal with ns, us, ms or s. @throws AeronError 11 */
  duration(key: string): bigint | undefined {
    const text = this.get(key);
    if (text === undefined) return undefined;
    const match = /^(\d+)(ns|us|ms|s)?$/.exec(text);
    if (match === null) throw this.#wrong(key, text, 'a duration such as 500ms');
    const factor = { ns: 1n, us: 1000n, ms: 1_000_000n, s: 1_000_000_000n }[match[2] ?? 'ns'] as bigint;
    return BigInt(match[1] as string) * factor;
  }

  /** @throws AeronError 11 */
  boolean(key: string): boolean | undefined {
    const text = this.get(key);
    if (text === undefined || text === 'true' || text === 'false')
      return text === undefined ? undefined : text === 'true';
    throw this.#wrong(key, text, 'true or false');
  }

  toString(): string {
    const params = [...this.#params].map(([key, value]) => `${key}=${value}`).join('|');
    return `${this.isSpy ? SPY : ''}${SCHEME}${this.media}${params === '' ? '' : `?${params}`}`;
  }

  #wrong(key: string, text: string, wanted: string): AeronError {
    return new AeronError(AeronErrorCode.Generic, `'${key}' must be ${wanted}, not '${text}'`);
  }
}

function checkPair(key: string, value: string): void {
  if (key !== '' && value !== '' && !/[?|=]/.test(key) && !/[?|]/.test(value)) return;
  throw new AeronError(AeronErrorCode.InvalidChannel, `'${key}=${value}' cannot stand in a channel URI`);
}

function invalid(channel: string, reason: string): AeronError {
  return new AeronError(AeronErrorCode.InvalidChannel, `invalid channel: ${channel} ${reason}`);
}
