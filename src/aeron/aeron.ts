/** The client of a media driver. Source of the names: Aeron 1.53 `Aeron`. */
import { EventEmitter } from 'node:events';
import { ClientConductor } from './client-conductor.js';
import { type AeronOptions, type ResolvedAeronOptions, resolveAeronOptions } from './client-options.js';
import { Publication } from './concurrent-publication.js';
import type { Counter } from './counter.js';
import type { CountersReader } from './counters-reader.js';
import { DriverFiles } from './driver-files.js';
import { ExclusivePublication } from './exclusive-publication.js';
import * as commands from './layout/command-layouts.js';
import type { Subscription, SubscriptionEvents } from './subscription.js';

const PENDING_PAUSE_MILLIS = 1;

/**
 * Events: `error` (Error), `close` (AeronError or null), `availableCounter` and `unavailableCounter` (counter id,
 * registration id), `publicationError` (publication, what a receiver said). Without a listener an error becomes a
 * process warning.
 */
export class Aeron extends EventEmitter implements Disposable {
  /** All counters of the driver. */
  readonly counters: CountersReader;
  readonly directory: string;
  readonly #conductor: ClientConductor;
  readonly #files: DriverFiles;
  readonly #idleSleep: number;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Connects to the driver of a directory, waiting for it if need be.
   * @throws AeronError 1000 when there is none in time; RingwireError `INVALID_ARGUMENT`, `INCOMPATIBLE_VERSION`
   */
  static async connect(options: AeronOptions = {}): Promise<Aeron> {
    const resolved = resolveAeronOptions(options);
    const files = await DriverFiles.connect(resolved.directory, resolved.driverTimeout, resolved.signal);
    return new Aeron(files, resolved);
  }

  private constructor(files: DriverFiles, options: ResolvedAeronOptions) {
    super();
    this.directory = options.directory;
    this.counters = files.counters;
    this.#files = files;
    this.#idleSleep = options.idleSleep;
    this.#conductor = new ClientConductor(files, options, {
      error: (error) =>
        this.listenerCount('error') > 0 ? this.emit('error', error) : process.emitWarning(error),
      close: (error) => {
        clearTimeout(this.#timer);
        this.emit('close', error);
      },
      availableCounter: (...args) => this.emit('availableCounter', ...args),
      unavailableCounter: (...args) => this.emit('unavailableCounter', ...args),
      publicationError: (...args) => this.emit('publicationError', ...args),
    });
    if (!options.useInvoker) this.#schedule();
  }

  get clientId(): bigint {
    return this.#conductor.clientId;
  }

  get isClosed(): boolean {
    return this.#conductor.isClosed;
  }

  /** One turn of the conductor; to be called at least every few seconds with `useInvoker`. */
  doWork(): number {
    return this.#conductor.doWork();
  }

  /** A publication that all processes share which publish on this channel and stream. @throws AeronError */
  addPublication(channel: string, streamId: number): Promise<Publication> {
    return this.#soon(
      this.#conductor.addPublication(
        commands.ADD_PUBLICATION,
        channel,
        streamId,
        (parts) => new Publication(parts),
      ),
    );
  }

  /** A publication of its own session, with one writer: faster. @throws AeronError */
  addExclusivePublication(channel: string, streamId: number): Promise<ExclusivePublication> {
    return this.#soon(
      this.#conductor.addPublication(
        commands.ADD_EXCLUSIVE_PUBLICATION,
        channel,
        streamId,
        (parts) => new ExclusivePublication(parts),
      ),
    );
  }

  /** @throws AeronError */
  addSubscription(channel: string, streamId: number, events: SubscriptionEvents = {}): Promise<Subscription> {
    return this.#soon(this.#conductor.addSubscription(channel, streamId, events));
  }

  /** A counter for others to read; `typeId` from 1000 on. Key up to 112 bytes, label up to 380. @throws AeronError */
  addCounter(typeId: number, label: string, key: Uint8Array = new Uint8Array()): Promise<Counter> {
    return this.#soon(this.#conductor.addCounter(typeId, Buffer.from(key), label));
  }

  /** A counter that stays when this client goes. @throws AeronError */
  addStaticCounter(
    typeId: number,
    registrationId: bigint,
    label: string,
    key: Uint8Array = new Uint8Array(),
  ): Promise<Counter> {
    return this.#soon(this.#conductor.addStaticCounter(typeId, registrationId, Buffer.from(key), label));
  }

  /** A session id that no publication of this stream has. @throws AeronError */
  nextAvailableSessionId(streamId: number): Promise<number> {
    return this.#soon(this.#conductor.nextSessionId(streamId));
  }

  /** Closes all publications, subscriptions and counters of this client. */
  close(): void {
    this.#conductor.close();
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal For tests of what the driver keeps. */
  get files(): DriverFiles {
    return this.#files;
  }

  /** A request is under way: the next turn comes soon. */
  #soon<T>(request: Promise<T>): Promise<T> {
    if (this.#timer !== undefined) this.#schedule();
    return request;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#conductor.isClosed) return;
    const pause = this.#conductor.hasPending ? PENDING_PAUSE_MILLIS : this.#idleSleep;
    this.#timer = setTimeout(() => {
      this.#conductor.doWork();
      this.#schedule();
    }, pause);
  }
}
