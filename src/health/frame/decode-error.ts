/** Errors of bytes that are not a valid frame. Source of names, messages and labels: varta-vlp. */
import { RingwireError } from '../../platform/index.js';
import { Status } from './status.js';

const MESSAGES = {
  BadMagic: 'bad magic prefix',
  BadVersion: 'bad version byte',
  BadCrc: 'bad checksum',
  BadStatus: 'bad status byte',
  StallOnWire: 'stall status on the wire',
  BadPid: 'bad pid',
  BadTimestamp: 'bad timestamp',
  BadNonce: 'bad nonce',
} as const;

/** Names of the error type as varta-vlp prints them. */
const STATUS_NAMES = {
  [Status.Ok]: 'Ok',
  [Status.Degraded]: 'Degraded',
  [Status.Critical]: 'Critical',
  [Status.Stall]: 'Stall',
} as const;

/** The violated rule. */
export type DecodeErrorKind = keyof typeof MESSAGES;

/** All kinds, in the order in which the rules are checked. */
export const DECODE_ERROR_KINDS = Object.keys(MESSAGES) as DecodeErrorKind[];

/** The values found. The present fields depend on the kind. */
export interface DecodeErrorDetails {
  /** BadStatus: the byte. */
  readonly byte?: number;
  /** BadCrc: the checksum computed over the frame. */
  readonly expected?: number;
  /** BadCrc: the checksum in the frame. */
  readonly actual?: number;
  /** BadPid: the pid. */
  readonly pid?: number;
  /** BadTimestamp: the timestamp. */
  readonly timestamp?: bigint;
  /** BadNonce: the nonce, which the status does not allow. */
  readonly nonce?: bigint;
  /** BadNonce: the status of the frame. */
  readonly status?: Status;
}

/**
 * A {@link RingwireError} for bytes that are not a valid frame.
 *
 * @example
 * try {
 *   decodeVlpFrame(bytes);
 * } catch (error) {
 *   if (error instanceof DecodeError) console.error(error.kind, error.details);
 * }
 */
export class DecodeError extends RingwireError {
  /** The violated rule. */
  readonly kind: DecodeErrorKind;
  /** The values found; the present fields depend on {@link kind}. */
  readonly details: DecodeErrorDetails;

  constructor(kind: DecodeErrorKind, details: DecodeErrorDetails = {}) {
    super('INVALID_FRAME', `varta-vlp: ${MESSAGES[kind]}${suffix(details)}`);
    this.kind = kind;
    this.details = details;
  }

  /** The name in a TSV export: `BadMagic`, `BadStatus(4)`, `BadCrc { expected: 1, actual: 2 }`. */
  get exportName(): string {
    const { byte, expected, actual, pid, timestamp, nonce, status } = this.details;
    if (expected !== undefined && actual !== undefined) {
      return `${this.kind} { expected: ${expected}, actual: ${actual} }`;
    }
    if (nonce !== undefined && status !== undefined) {
      return `${this.kind} { nonce: ${nonce}, status: ${STATUS_NAMES[status]} }`;
    }
    const value = byte ?? pid ?? timestamp;
    return value === undefined ? this.kind : `${this.kind}(${value})`;
  }
}

/** The kind as a label of a metric: `bad_magic`. */
export function decodeErrorLabel(kind: DecodeErrorKind): string {
  return kind.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

function suffix({ byte, expected, actual, pid, nonce }: DecodeErrorDetails): string {
  if (byte !== undefined) return ` ${hex(byte, 2)}`;
  if (expected !== undefined && actual !== undefined) {
    return `: computed ${hex(expected, 8)}, found ${hex(actual, 8)}`;
  }
  if (pid !== undefined) return ` ${pid}`;
  if (nonce !== undefined) return ' for a status other than critical';
  return '';
}

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
