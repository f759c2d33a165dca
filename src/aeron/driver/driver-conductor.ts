/**
 * The conductor of the embedded driver: serves commands, moves limits, removes dead clients. Responses and their order
 * are those of Aeron 1.53 `DriverConductor`.
 */
import { AeronError, AeronErrorCode } from '../client/aeron-error.js';
import { CommandRing, DRIVER_CLOSED } from '../client/conductor/command-ring.js';
import * as commands from '../layout/command-layouts.js';
import * as responses from '../layout/response-layouts.js';
import { ClientTable } from './client-table.js';
import { CommandDispatch } from './command-dispatch.js';
import type { DriverClient } from './driver-client.js';
import type { DriverDirectory } from './driver-directory.js';
import type { ResolvedDriverOptions } from './driver-options.js';
import { DriverOutput, type Values } from './driver-output.js';
import { driverSubscription } from './driver-subscription.js';
import { ImageLinks } from './publication/image-links.js';
import { type IpcPublication, PublicationState } from './publication/ipc-publication.js';
import { publicationParams } from './publication/publication-params.js';
import { PublicationTable } from './publication/publication-table.js';
import { allocateSystemCounters, SystemCounter } from './system-counters.js';

/** 1.0.0: what clients may ask of this driver. */
const CONTROL_PROTOCOL_VERSION = 65_536n;
/** Speaks the protocol of Aeron 1.53.0. */
const DRIVER_VERSION = (1n << 16n) | (53n << 8n);
const SYSTEM_COUNTERS = 46;
const SLOW_CYCLE_MILLIS = 100;

export class DriverConductor {
  readonly #options: ResolvedDriverOptions;
  readonly #commands: CommandRing;
  readonly #output: DriverOutput;
  readonly #dispatch: CommandDispatch;
  readonly #clients: ClientTable;
  readonly #publications: PublicationTable;
  readonly #images: ImageLinks;
  /** Times here are monotonic milliseconds; what clients see is Unix time. */
  #nextTick = 0;
  #lastCycle = performance.now();
  #served = 0;
  #limitsMoved = 0;
  #msToLimit = Number.POSITIVE_INFINITY;
  #longestCycle = 0;
  #head = -1n;
  #headSince = 0;
  readonly #serve = (typeId: number, payload: Buffer) => this.#dispatch.serve(typeId, payload);
  /** Whether an allowed TERMINATE_DRIVER was served. */
  terminated = false;

  constructor(directory: DriverDirectory, options: ResolvedDriverOptions) {
    this.#options = options;
    this.#commands = new CommandRing(directory.section('toDriver'));
    this.#output = new DriverOutput(directory, options.counterReuseMs);
    this.#clients = new ClientTable(this.#output);
    this.#publications = new PublicationTable(directory, this.#output, options);
    this.#images = new ImageLinks(this.#output, this.#publications, options.imageLivenessTimeoutMs);
    this.#dispatch = new CommandDispatch(this.#output);
    this.#serveCommands();
    const { counters } = this.#output;
    allocateSystemCounters(counters);
    counters.set(SystemCounter.Version, DRIVER_VERSION);
    counters.set(SystemCounter.ControlProtocolVersion, CONTROL_PROTOCOL_VERSION);
    counters.set(SystemCounter.BytesMapped, BigInt(directory.header.fileLength));
    // Correlation id 0 is the driver's.
    this.#commands.nextCorrelationId();
    this.#commands.consumerHeartbeat = BigInt(Date.now());
  }

  /** Commands served in the last duty cycle. */
  get commands(): number {
    return this.#served;
  }

  /** Whether a limit moved in the last duty cycle. */
  get limitMoved(): boolean {
    return this.#limitsMoved > 0;
  }

  /** Milliseconds until a publisher reaches its limit at its present rate; infinity without traffic. */
  get msToLimit(): number {
    return this.#msToLimit;
  }

  /** One duty cycle. @returns commands served and limits moved */
  doWork(): number {
    const started = performance.now();
    const elapsed = started - this.#lastCycle;
    this.#lastCycle = started;
    if (started >= this.#nextTick) {
      this.#nextTick = started + this.#options.timerIntervalMs;
      this.#output.guard(() => this.#onTick(started));
    }
    this.#served = this.#commands.read(this.#serve);
    this.#limitsMoved = 0;
    this.#msToLimit = Number.POSITIVE_INFINITY;
    for (const publication of this.#publications) {
      if (publication.updateLimit()) this.#limitsMoved++;
      this.#msToLimit = Math.min(this.#msToLimit, publication.msToLimit(elapsed));
    }
    const took = performance.now() - started;
    if (took > this.#longestCycle) {
      this.#longestCycle = took;
      this.#output.counters.set(SystemCounter.ConductorMaxCycle, BigInt(Math.round(took * 1e6)));
    }
    if (took > SLOW_CYCLE_MILLIS) this.#output.counters.add(SystemCounter.ConductorSlowCycles, 1n);
    return this.#served + this.#limitsMoved;
  }

  /** Deletes the logs; the last thing clients see is a heartbeat of -1. */
  close(): void {
    this.#publications.close();
    for (let id = 0; id < SYSTEM_COUNTERS; id++) this.#output.counters.free(id);
    this.#commands.consumerHeartbeat = DRIVER_CLOSED;
  }

  #serveCommands(): void {
    const dispatch = this.#dispatch;
    const clients = this.#clients;
    dispatch.on(commands.ADD_PUBLICATION, (values) => this.#addPublication(values, false));
    dispatch.on(commands.ADD_EXCLUSIVE_PUBLICATION, (values) => this.#addPublication(values, true));
    dispatch.on(commands.REMOVE_PUBLICATION, (values) => this.#removePublication(values));
    dispatch.on(commands.ADD_SUBSCRIPTION, (values) => this.#addSubscription(values));
    dispatch.on(commands.REMOVE_SUBSCRIPTION, (values) => this.#removeSubscription(values));
    dispatch.on(commands.CLIENT_KEEPALIVE, ({ clientId }) => clients.keepalive(clientId));
    dispatch.on(commands.ADD_COUNTER, (values) => clients.addCounter(values));
    dispatch.on(commands.REMOVE_COUNTER, (values) => clients.removeCounter(values));
    dispatch.on(commands.ADD_STATIC_COUNTER, (values) => clients.addStaticCounter(values));
    dispatch.on(commands.CLIENT_CLOSE, ({ clientId }) => clients.closing(clientId));
    dispatch.on(commands.TERMINATE_DRIVER, ({ token }) => {
      if (this.#options.terminationValidator(token)) this.terminated = true;
    });
    dispatch.on(commands.REJECT_IMAGE, (values) => this.#images.reject(values));
    dispatch.on(commands.GET_NEXT_AVAILABLE_SESSION_ID, ({ correlationId, streamId }) =>
      this.#output.send(responses.ON_NEXT_AVAILABLE_SESSION_ID, {
        correlationId,
        nextSessionId: this.#publications.takeSessionId(streamId),
      }),
    );
  }

  #addPublication(command: Values<typeof commands.ADD_PUBLICATION>, exclusive: boolean): void {
    const { clientId, correlationId, streamId } = command;
    const params = publicationParams(command.channel, this.#options);
    const shared = exclusive ? undefined : this.#publications.shared(streamId, params);
    const publication =
      shared ?? this.#publications.create(clientId, correlationId, streamId, params, exclusive);
    let client: DriverClient;
    try {
      client = this.#clients.known(clientId);
    } catch (error) {
      if (shared === undefined) this.#publications.discard(publication);
      throw error;
    }
    client.publications.set(correlationId, publication.registrationId);
    publication.references++;
    this.#output.send(exclusive ? responses.ON_EXCLUSIVE_PUBLICATION_READY : responses.ON_PUBLICATION_READY, {
      correlationId,
      registrationId: publication.registrationId,
      sessionId: publication.sessionId,
      streamId,
      positionLimitCounterId: publication.limitCounterId,
      channelStatusIndicatorId: -1,
      logFile: publication.log.path,
    });
    this.#tellResponseSession(publication);
    this.#output.guard(() => this.#images.linkSubscriptions(publication));
  }

  /** The subscription that waits for the answers to a publication learns in which session they come. */
  #tellResponseSession({ params, sessionId }: IpcPublication): void {
    const asked = this.#publications.get(params.responseCorrelationId);
    if (asked === undefined) return;
    const waiting = this.#images.subscription(asked.params.responseCorrelationId);
    if (waiting?.isResponse) waiting.sessionId = sessionId;
  }

  #removePublication(command: Values<typeof commands.REMOVE_PUBLICATION>): void {
    const client = this.#clients.get(command.clientId);
    const original = client?.publications.get(command.registrationId);
    const publication = original === undefined ? undefined : this.#publications.get(original);
    if (client === undefined || publication === undefined) {
      throw new AeronError(
        AeronErrorCode.UnknownPublication,
        `unknown publication ${command.registrationId}`,
      );
    }
    if ((command.flags & commands.REVOKE) !== 0n) publication.markRevoked();
    client.publications.delete(command.registrationId);
    this.#dropReference(publication);
    this.#output.send(responses.ON_OPERATION_SUCCESS, { correlationId: command.correlationId });
  }

  #dropReference(publication: IpcPublication): void {
    if (--publication.references > 0) return;
    publication.drain();
  }

  #addSubscription(command: Values<typeof commands.ADD_SUBSCRIPTION>): void {
    const { clientId, correlationId, streamId, channel } = command;
    const subscription = driverSubscription(this.#options, correlationId, clientId, streamId, channel);
    this.#clients.known(clientId);
    this.#images.add(subscription);
    this.#output.send(responses.ON_SUBSCRIPTION_READY, { correlationId, channelStatusIndicatorId: -1 });
    this.#output.guard(() => this.#images.linkPublications(subscription));
  }

  #removeSubscription(command: Values<typeof commands.REMOVE_SUBSCRIPTION>): void {
    const subscription = this.#images.subscription(command.registrationId);
    if (subscription === undefined) {
      throw new AeronError(
        AeronErrorCode.UnknownSubscription,
        `unknown subscription ${command.registrationId}`,
      );
    }
    this.#images.forget(subscription);
    this.#output.send(responses.ON_OPERATION_SUCCESS, { correlationId: command.correlationId });
  }

  #onTick(now: number): void {
    this.#commands.consumerHeartbeat = BigInt(Date.now());
    for (const client of [...this.#clients]) this.#output.guard(() => this.#checkClient(client, now));
    for (const publication of [...this.#publications]) {
      this.#output.guard(() => this.#checkPublication(publication, now));
    }
    this.#unblockCommands(now);
  }

  #checkClient(client: DriverClient, now: number): void {
    if (!this.#clients.isGone(client, now, this.#options.clientLivenessTimeoutMs)) return;
    this.#clients.forget(client);
    for (const registrationId of client.publications.values()) {
      const publication = this.#publications.get(registrationId);
      if (publication !== undefined) this.#dropReference(publication);
    }
    this.#clients.freeCounters(client);
    this.#images.forgetClient(client.clientId);
  }

  #checkPublication(publication: IpcPublication, now: number): void {
    publication.storeProducerPosition();
    switch (publication.state) {
      case PublicationState.Active:
        if (publication.isRevoked) {
          publication.endAtOnce();
          this.#output.counters.add(SystemCounter.PublicationsRevoked, 1n);
          this.#linger(publication, now);
          return;
        }
        this.#images.checkTethers(publication, now);
        // Also computes the limit again: the state of an untethered subscriber may have changed.
        publication.updateConnected();
        if (publication.coolDownUntil > 0 && now >= publication.coolDownUntil) {
          publication.coolDownUntil = 0;
          this.#images.linkSubscriptions(publication);
        }
        if (!publication.exclusive) this.#unblock(publication, now);
        return;
      case PublicationState.Draining:
        if (publication.isDrained) this.#linger(publication, now);
        else this.#unblock(publication, now);
        return;
      case PublicationState.Linger:
        if (publication.references > 0 || now < publication.lingerUntil) return;
        this.#publications.discard(publication);
    }
  }

  #unblock(publication: IpcPublication, now: number): void {
    if (!publication.unblockIfStuck(now, this.#options.publicationUnblockTimeoutMs)) return;
    this.#output.counters.add(SystemCounter.UnblockedPublications, 1n);
  }

  #linger(publication: IpcPublication, now: number): void {
    this.#images.end(publication);
    publication.state = PublicationState.Linger;
    publication.lingerUntil = now + Number(publication.params.lingerNs / 1_000_000n);
  }

  #unblockCommands(now: number): void {
    const { head, tail } = this.#commands;
    if (head !== this.#head || head === tail) {
      this.#head = head;
      this.#headSince = now;
    } else if (now - this.#headSince > this.#options.clientLivenessTimeoutMs && this.#commands.unblock()) {
      this.#output.counters.add(SystemCounter.UnblockedCommands, 1n);
    }
  }
}
