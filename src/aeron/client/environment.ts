/**
 * Settings in environment variables, parsed like those of the C client and driver. An empty variable counts as unset.
 * Source: Aeron 1.53 `aeron_context.c`, `aeron_driver_context.c`.
 */
import { setting } from '../../platform/index.js';
import { invalid, MAX_MS } from './arguments.js';

const NANOS: Readonly<Record<string, bigint>> = { ns: 1n, us: 1000n, ms: 1_000_000n, s: 1_000_000_000n };
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/**
 * A duration in milliseconds, rounded up: decimal, with an optional `ns`, `us`, `ms` or `s`.
 * @param unitless unit of a number without one; default: `ns`
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export function durationFromEnvironment(name: string, unitless = 'ns'): number | undefined {
  const text = setting(name);
  if (text === undefined) return undefined;
  const match = /^(\d{1,19})(ns|us|ms|s)?$/.exec(text);
  const nanos = match === null ? -1n : BigInt(match[1] as string) * (NANOS[match[2] ?? unitless] as bigint);
  const millis = (nanos + 999_999n) / 1_000_000n;
  if (nanos >= 0n && millis <= BigInt(MAX_MS)) return Number(millis);
  throw invalid(`${name} must be a duration such as 500ms or 10s, not '${text}'`);
}

/** A number of bytes: decimal with k, m or g. @throws RingwireError `INVALID_ARGUMENT` */
export function sizeFromEnvironment(name: string): number | undefined {
  const text = setting(name);
  if (text === undefined) return undefined;
  const match = /^(\d{1,15})([kKmMgG]?)$/.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]) * (UNITS[(match[2] ?? '').toLowerCase()] ?? 1);
  if (Number.isSafeInteger(value)) return value;
  throw invalid(`${name} must be a size such as 65536, 64k or 16m, not '${text}'`);
}

/** A whole number. @throws RingwireError `INVALID_ARGUMENT` */
export function wholeFromEnvironment(name: string): number | undefined {
  const text = setting(name);
  if (text === undefined) return undefined;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw invalid(`${name} must be a whole number, not '${text}'`);
}

/** `1`, `true`, `on`, or `0`, `false`, `off`. @throws RingwireError `INVALID_ARGUMENT` */
export function booleanFromEnvironment(name: string): boolean | undefined {
  const text = setting(name);
  if (text === undefined) return undefined;
  if (/^(1|true|on)$/.test(text)) return true;
  if (/^(0|false|off)$/.test(text)) return false;
  throw invalid(`${name} must be true or false, not '${text}'`);
}
