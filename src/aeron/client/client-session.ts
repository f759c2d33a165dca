/** The lifecycle of a client: its events, its conductor and its close. */
import { EventEmitter } from 'node:events';
import type { AeronOptions, ResolvedAeronOptions } from './client-options.js';
import { ClientConductor } from './conductor/client-conductor.js';
import { ConductorTimer } from './conductor/conductor-timer.js';
import type { DriverFiles } from './conductor/driver-files.js';
import type { Registration } from './conductor/registration.js';
import type { CountersReader } from './monitoring/counters-reader.js';

/** The options of a connected client, with their defaults. */
export type AeronSettings = Readonly<Required<Omit<AeronOptions, 'signal'>>>;

/** Base of {@link Aeron}: everything but the requests. */
export abstract class ClientSession extends EventEmitter implements Disposable {
  /** The counters of the driver. */
  readonly counters: CountersReader;
  /** Absolute path of the driver's folder. */
  readonly directory: string;
  /** The options of `connect`, with their defaults. */
  readonly options: AeronSettings;
  /** @internal */
  protected readonly conductor: ClientConductor;
  readonly #files: DriverFiles;
  readonly #timer: ConductorTimer;

  /** @internal */
  protected constructor(files: DriverFiles, options: ResolvedAeronOptions) {
    super();
    const { signal: _signal, ...settings } = options;
    this.options = settings;
    this.directory = options.directory;
    this.counters = files.counters;
    this.#files = files;
    this.conductor = new ClientConductor(files, options, {
      error: (error) => {
        if (this.listenerCount('error') > 0) this.emit('error', error);
        // The listener of `close` receives the error that ended the client.
        else if (!(this.isClosed && this.listenerCount('close') > 0)) process.emitWarning(error);
      },
      close: (error) => {
        this.#timer.stop();
        this.emit('close', error);
      },
      availableCounter: (...args) => this.emit('availableCounter', ...args),
      unavailableCounter: (...args) => this.emit('unavailableCounter', ...args),
      publicationError: (...args) => this.emit('publicationError', ...args),
      newPublication: (publication, exclusive) =>
        this.emit(exclusive ? 'newExclusivePublication' : 'newPublication', publication),
      newSubscription: (subscription) => this.emit('newSubscription', subscription),
    });
    this.#timer = new ConductorTimer(this.conductor, options.idleSleepMs);
    if (!options.useInvoker) this.#timer.start();
  }

  /** Id of this client at its driver. */
  get clientId(): bigint {
    return this.conductor.clientId;
  }

  /** Whether the client was closed, by `close()` or by an error. */
  get isClosed(): boolean {
    return this.conductor.isClosed;
  }

  /** Runs one duty cycle of the conductor. With `useInvoker` call it at least every second. @returns responses handled */
  doWork(): number {
    return this.conductor.doWork();
  }

  /** A new id, unique at this driver. @throws AeronError when the client is closed */
  nextCorrelationId(): bigint {
    return this.conductor.nextCorrelationId();
  }

  /** Closes all publications, subscriptions and counters of this client, then the client. A second call does nothing. */
  close(): void {
    this.conductor.close();
    this.#timer.stop();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal For tests. */
  get files(): DriverFiles {
    return this.#files;
  }

  /** @internal Schedules the next duty cycle soon. */
  protected soon<T>(request: Registration<T>): Registration<T> {
    this.#timer.soon();
    return request;
  }
}
