/** The publications of a driver, with their session ids, files and counters. */
import fs from 'node:fs';
import { AeronError, AeronErrorCode } from '../../client/aeron-error.js';
import { CounterType } from '../../layout/counter-layout.js';
import { LogType } from '../../layout/log-layout.js';
import { SystemCounterId } from '../../layout/system-counter-ids.js';
import type { DriverDirectory } from '../driver-directory.js';
import type { ResolvedDriverOptions } from '../driver-options.js';
import type { DriverOutput } from '../driver-output.js';
import { streamCounter } from '../stream-counters.js';
import { IpcPublication, PublicationState } from './ipc-publication.js';
import { createLog } from './log-file.js';
import type { PublicationParams } from './publication-params.js';

/** Publications by their registration ids. */
export class PublicationTable {
  readonly #directory: DriverDirectory;
  readonly #output: DriverOutput;
  readonly #options: ResolvedDriverOptions;
  readonly #publications = new Map<bigint, IpcPublication>();
  #nextSessionId = (Math.random() * 2 ** 32) | 0;

  constructor(directory: DriverDirectory, output: DriverOutput, options: ResolvedDriverOptions) {
    this.#options = options;
    this.#directory = directory;
    this.#output = output;
  }

  [Symbol.iterator](): IterableIterator<IpcPublication> {
    return this.#publications.values();
  }

  get(registrationId: bigint): IpcPublication | undefined {
    return this.#publications.get(registrationId);
  }

  /** The shared publication of a stream. @throws AeronError 11 when its parameters differ */
  shared(streamId: number, params: PublicationParams): IpcPublication | undefined {
    for (const publication of this.#publications.values()) {
      const same =
        publication.state === PublicationState.Active &&
        !publication.exclusive &&
        publication.streamId === streamId &&
        publication.params.responseCorrelationId === params.responseCorrelationId;
      if (!same) continue;
      this.#refuseDifference(publication, params);
      return publication;
    }
    return undefined;
  }

  #refuseDifference(publication: IpcPublication, params: PublicationParams): void {
    const { metadata } = publication.log;
    const existing: Record<string, unknown> = {
      'session-id': publication.sessionId,
      mtu: metadata.mtuLength,
      'term-length': metadata.termLength,
      'init-term-id': metadata.initialTermId,
      'term-id': publication.params.initial?.termId,
      'term-offset': publication.params.initial?.termOffset,
    };
    const wanted: Record<string, unknown> = {
      'session-id': params.sessionId,
      mtu: params.mtu,
      'term-length': params.termLength,
      'init-term-id': params.initial?.initialTermId,
      'term-id': params.initial?.termId,
      'term-offset': params.initial?.termOffset,
    };
    for (const key of params.asked) {
      if (existing[key] === wanted[key]) continue;
      throw new AeronError(
        AeronErrorCode.Generic,
        `existing publication has different '${key}': existing=${existing[key]} requested=${wanted[key]}`,
      );
    }
  }

  /** Creates a publication. Leaves no file or counter after an error. @throws AeronError 1 for a session id in use, 11, 12 */
  create(
    clientId: bigint,
    registrationId: bigint,
    streamId: number,
    params: PublicationParams,
    exclusive: boolean,
  ): IpcPublication {
    if (params.sessionId !== null && this.#isSessionTaken(streamId, params.sessionId)) {
      throw new AeronError(
        AeronErrorCode.InvalidChannel,
        `existing publication has clashing sessionId ${params.sessionId}`,
      );
    }
    const sessionId = params.sessionId ?? this.takeSessionId(streamId);
    const log = createLog({
      path: this.#directory.logPath(registrationId),
      params,
      correlationId: registrationId,
      sessionId,
      streamId,
      initialTermId: params.initial?.initialTermId ?? (Math.random() * 2 ** 32) | 0,
      type: exclusive ? LogType.Exclusive : LogType.Concurrent,
    });
    const counterOf = (typeId: number, name: string) =>
      this.#output.counters.allocate(
        streamCounter({
          typeId,
          name,
          registrationId,
          sessionId,
          streamId,
          channel: params.channel,
          ownerId: clientId,
        }),
      );
    let positionCounterId = -1;
    let limitCounterId: number;
    try {
      positionCounterId = counterOf(
        CounterType.PublisherPosition,
        exclusive ? 'pub-pos (exclusive)' : 'pub-pos (concurrent)',
      );
      limitCounterId = counterOf(CounterType.PublisherLimit, 'pub-lmt');
    } catch (error) {
      if (positionCounterId >= 0) this.#output.counters.free(positionCounterId);
      log.close();
      fs.rmSync(log.path, { force: true });
      throw error;
    }
    const publication = new IpcPublication({
      registrationId,
      sessionId,
      streamId,
      exclusive,
      params,
      log,
      positionCounterId,
      limitCounterId,
      position: this.#output.counters.slot(positionCounterId),
      limit: this.#output.counters.slot(limitCounterId),
    });
    const start = BigInt(publication.producerPosition);
    this.#output.counters.set(positionCounterId, start);
    this.#output.counters.set(limitCounterId, start);
    this.#output.counters.add(SystemCounterId.BytesMapped, BigInt(log.bytes.length));
    this.#publications.set(registrationId, publication);
    return publication;
  }

  #isSessionTaken(streamId: number, sessionId: number): boolean {
    for (const publication of this.#publications.values()) {
      const { state } = publication;
      const open = state === PublicationState.Active || state === PublicationState.Draining;
      if (open && publication.streamId === streamId && publication.sessionId === sessionId) return true;
    }
    return false;
  }

  /** A session id that no publication of this stream has, outside the reserved range. */
  takeSessionId(streamId: number): number {
    for (;;) {
      const { reservedSessionIdLow: low, reservedSessionIdHigh: high } = this.#options;
      if (this.#nextSessionId >= low && this.#nextSessionId <= high) this.#nextSessionId = (high + 1) | 0;
      const sessionId = this.#nextSessionId;
      this.#nextSessionId = (sessionId + 1) | 0;
      if (!this.#isSessionTaken(streamId, sessionId)) return sessionId;
    }
  }

  /** Unmaps and deletes an unused publication. */
  discard(publication: IpcPublication): void {
    const { length } = publication.log.bytes;
    this.#freeCounters(publication);
    this.#publications.delete(publication.registrationId);
    try {
      publication.delete();
      this.#output.counters.add(SystemCounterId.BytesMapped, -BigInt(length));
    } catch (error) {
      this.#output.counters.add(SystemCounterId.FailedLogFrees, 1n);
      throw error;
    }
  }

  #freeCounters(publication: IpcPublication): void {
    for (const subscriber of publication.subscribers) this.#output.counters.free(subscriber.counterId);
    publication.subscribers = [];
    this.#output.counters.free(publication.limitCounterId);
    this.#output.counters.free(publication.positionCounterId);
  }

  /** Deletes all publications. */
  close(): void {
    for (const publication of this.#publications.values()) {
      this.#freeCounters(publication);
      publication.delete();
    }
    this.#publications.clear();
  }
}
