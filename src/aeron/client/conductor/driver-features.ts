/**
 * Features of a driver by its version. This module chooses or refuses each command that some drivers do not support. A
 * driver does not answer an unknown command. Source: specification section 6, Aeron 1.44 to 1.53.
 *
 * INV-AERON-VERSION-01: a system counter is used only if its type and key match. An older driver may have given its id
 * to another counter.
 */
import * as commands from '../../layout/command-layouts.js';
import { CounterType } from '../../layout/counter-layout.js';
import { SystemCounterId } from '../../layout/system-counter-ids.js';
import { AeronError, AeronErrorCode } from '../aeron-error.js';
import type { CountersReader } from '../monitoring/counters-reader.js';

const version = (minor: number, patch = 0) => (1n << 16n) | (BigInt(minor) << 8n) | BigInt(patch);
const STATIC_COUNTERS = version(45);
const DESTINATIONS_BY_ID = version(46, 1);
const REJECTION = version(47);
/** Version 1.0.0 of the control protocol: the driver allocates session ids. */
const SESSION_IDS = 65_536n;

/** Features of a driver by its version. */
export class DriverFeatures {
  readonly #counters: CountersReader;

  constructor(counters: CountersReader) {
    this.#counters = counters;
  }

  /** Version of the driver, `major << 16 | minor << 8 | patch`; 0 when the driver has no counter for it. */
  get version(): bigint {
    return this.#system(SystemCounterId.AeronVersion);
  }

  /** Whether the driver serves GET_NEXT_AVAILABLE_SESSION_ID (since 1.49.0). */
  get givesSessionIds(): boolean {
    return this.#system(SystemCounterId.ControlProtocolVersion) >= SESSION_IDS;
  }

  /** @throws AeronError 8 before 1.45.0 */
  requireStaticCounters(): void {
    this.#require(STATIC_COUNTERS, 'static counters', '1.45.0');
  }

  /** @throws AeronError 8 before 1.47.0 */
  requireRejection(): void {
    this.#require(REJECTION, 'rejection of images', '1.47.0');
  }

  /** The command that removes a destination by its id: 0x10 in 1.46, 0x11 since 1.47.0. @throws AeronError 8 before 1.46.1 */
  removeDestinationById(): typeof commands.REMOVE_DESTINATION_BY_ID {
    this.#require(DESTINATIONS_BY_ID, 'removal of a destination by its id', '1.46.1');
    return this.version < REJECTION
      ? commands.REMOVE_DESTINATION_BY_ID_OF_1_46
      : commands.REMOVE_DESTINATION_BY_ID;
  }

  #require(since: bigint, feature: string, text: string): void {
    const { version: actual } = this;
    if (actual >= since) return;
    throw new AeronError(
      AeronErrorCode.NotSupported,
      `the driver of version ${versionText(actual)} does not support ${feature}: use version ${text} or later`,
    );
  }

  #system(id: number): bigint {
    const counter = this.#counters.get(id);
    const isIt = counter?.typeId === CounterType.System && counter.key.readInt32LE(0) === id;
    return isIt ? counter.value : 0n;
  }
}

/** The version as text: `1.53.0`. */
function versionText(packed: bigint): string {
  return packed === 0n ? 'unknown' : `${packed >> 16n}.${(packed >> 8n) & 0xffn}.${packed & 0xffn}`;
}
