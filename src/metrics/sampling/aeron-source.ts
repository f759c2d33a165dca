/** Samples a media driver from its files, without a client. */
import { CncFile, type ErrorObservation, type LossObservation, readBacklogs } from '../../aeron/index.js';
import type { AeronErrorSample, AeronLossSample, AeronSample } from '../snapshot.js';

/** Age of a heartbeat in milliseconds from which the driver may have been replaced by one with new files. */
const STALE_MILLIS = 10_000;

/** The files of a media driver; opened at the first sample, and again for a driver that replaced it. */
export class AeronSource implements Disposable {
  readonly #directory: string;
  #file: CncFile | null = null;

  /** @param directory folder of the driver */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws RingwireError as `CncFile.open` does */
  sample(): AeronSample {
    // The mapping of a driver that ended keeps its last state.
    if (this.#file !== null && Date.now() - Number(this.#file.driverHeartbeat) > STALE_MILLIS) {
      this[Symbol.dispose]();
    }
    this.#file ??= CncFile.open(this.#directory);
    const file = this.#file;
    const { counters, driverHeartbeat } = file;
    return {
      directory: this.#directory,
      heartbeatAgeMs: driverHeartbeat < 0n ? null : Math.max(0, Date.now() - Number(driverHeartbeat)),
      counters: [...counters].map(({ id, typeId, label, value }) => ({
        id,
        typeId,
        label,
        value: Number(value),
      })),
      errors: file.errors().map(errorOf),
      losses: file.losses().map(lossOf),
      streams: readBacklogs(counters).map(
        ({ sessionId, streamId, channel, publisherPosition, subscribers }) => ({
          ...{ sessionId, streamId, channel, position: Number(publisherPosition) },
          subscribers: subscribers.map(({ registrationId, position, behind }) => ({
            registrationId: String(registrationId),
            position: Number(position),
            backlog: Number(behind),
          })),
        }),
      ),
    };
  }

  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = null;
  }
}

function errorOf({ count, firstMs, lastMs, text }: ErrorObservation): AeronErrorSample {
  return { observations: count, firstMs: Number(firstMs), lastMs: Number(lastMs), text };
}

function lossOf(loss: LossObservation): AeronLossSample {
  const { count, bytesLost, firstMs, lastMs, sessionId, streamId, channel, source } = loss;
  return {
    ...{ observations: Number(count), bytesLost: Number(bytesLost) },
    ...{ firstMs: Number(firstMs), lastMs: Number(lastMs), sessionId, streamId, channel, source },
  };
}
