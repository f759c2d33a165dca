/**
 * The conductor of the embedded driver: serves commands, follows publications, looks after clients. Answers and
 * order of answers are those of Aeron 1.53, `DriverConductor`.
 */
import fs from 'node:fs';
import { AeronError, AeronErrorCode } from '../aeron-error.js';
import { BroadcastTransmitter } from '../broadcast.js';
import { CommandRing, DRIVER_CLOSED } from '../command-ring.js';
import * as commands from '../layout/command-layouts.js';
import { CounterType } from '../layout/counter-layout.js';
import { LogType } from '../layout/log-layout.js';
import type { MessageLayout, ValuesOf } from '../layout/message-layout.js';
import * as responses from '../layout/response-layouts.js';
import { CountersManager } from './counters-manager.js';
import type { DriverClient } from './driver-client.js';
import type { DriverDirectory } from './driver-directory.js';
import type { ResolvedDriverOptions } from './driver-options.js';
import { type DriverSubscription, driverSubscription } from './driver-subscription.js';
import { ErrorLogWriter } from './error-log-writer.js';
import { IpcPublication, PublicationState } from './ipc-publication.js';
import { createLog } from './log-file.js';
import { type PublicationParams, publicationParams } from './publication-params.js';
import { streamCounter } from './stream-counters.js';
import { SubscriberPosition, Tether } from './subscriber-position.js';
import { allocateSystemCounters, SystemCounter } from './system-counters.js';

/** 1.0.0: what clients may ask of this driver. */
const CONTROL_PROTOCOL_VERSION = 65_536n;
/** Speaks the protocol of Aeron 1.53.0. */
const DRIVER_VERSION = (1n << 16n) | (53n << 8n);
const IPC = 'aeron:ipc';
const RESERVED_SESSIONS = { low: -1, high: 1000 };
const STATIC_OWNER = -1n;
const MIN_HEAD_LENGTH = 16;
const OLD_REMOVE_DESTINATION_LENGTH = 32;
const MAX_REASON_LENGTH = 1023;
const SYSTEM_COUNTERS = 46;
const SLOW_CYCLE_MILLIS = 100;

// biome-ignore lint/suspicious/noExplicitAny: layouts of different messages; each handler takes its own values
type AnyLayout = MessageLayout<any>;
type Values<L> = L extends MessageLayout<infer F> ? ValuesOf<F> : never;

export class DriverConductor {
  readonly #directory: DriverDirectory;
  readonly #options: ResolvedDriverOptions;
  readonly #commands: CommandRing;
  readonly #responses: BroadcastTransmitter;
  readonly #counters: CountersManager;
  readonly #errors: ErrorLogWriter;
  readonly #clients = new Map<bigint, DriverClient>();
  readonly #publications = new Map<bigint, IpcPublication>();
  readonly #subscriptions = new Map<bigint, DriverSubscription>();
  readonly #handlers: Map<number, { layout: AnyLayout; handle: (values: never) => void }>;
  #nextSessionId = (Math.random() * 2 ** 32) | 0;
  /** Times here are monotonic milliseconds; what clients see is Unix time. */
  #nextTick = 0;
  #longestCycle = 0;
  #head = -1n;
  #headSince = 0;
  /** Set by a TERMINATE_DRIVER that was allowed. */
  terminated = false;

  constructor(directory: DriverDirectory, options: ResolvedDriverOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#commands = new CommandRing(directory.section('toDriver'));
    this.#responses = new BroadcastTransmitter(directory.section('toClients'));
    this.#counters = new CountersManager(
      directory.section('counterMetadata'),
      directory.section('counterValues'),
    );
    this.#errors = new ErrorLogWriter(directory.section('errorLog'));
    allocateSystemCounters(this.#counters);
    this.#counters.set(SystemCounter.Version, DRIVER_VERSION);
    this.#counters.set(SystemCounter.ControlProtocolVersion, CONTROL_PROTOCOL_VERSION);
    this.#counters.set(SystemCounter.BytesMapped, BigInt(directory.header.fileLength));
    // Correlation id 0 is the driver's.
    this.#commands.nextCorrelationId();
    this.#commands.consumerHeartbeat = BigInt(Date.now());
    this.#handlers = this.#handlerTable();
  }

  /** One duty cycle. @returns things done */
  doWork(): number {
    const started = performance.now();
    let work = 0;
    if (started >= this.#nextTick) {
      this.#nextTick = started + this.#options.timerInterval;
      this.#guard(() => this.#onTick(started));
    }
    work += this.#commands.read((typeId, payload) => this.#onCommand(typeId, payload));
    for (const publication of this.#publications.values()) if (publication.updateLimit()) work++;
    const took = performance.now() - started;
    if (took > this.#longestCycle) {
      this.#longestCycle = took;
      this.#counters.set(SystemCounter.ConductorMaxCycle, BigInt(Math.round(took * 1e6)));
    }
    if (took > SLOW_CYCLE_MILLIS) this.#counters.add(SystemCounter.ConductorSlowCycles, 1n);
    return work;
  }

  /** Deletes the logs; the last thing clients see is a heartbeat of -1. */
  close(): void {
    for (const publication of this.#publications.values()) {
      this.#freeCounters(publication);
      publication.delete();
    }
    this.#publications.clear();
    for (let id = 0; id < SYSTEM_COUNTERS; id++) this.#counters.free(id, Date.now());
    this.#commands.consumerHeartbeat = DRIVER_CLOSED;
  }

  #handlerTable(): Map<number, { layout: AnyLayout; handle: (values: never) => void }> {
    const table = new Map<number, { layout: AnyLayout; handle: (values: never) => void }>();
    const on = <L extends AnyLayout>(layout: L, handle: (values: Values<L>) => void) =>
      table.set(layout.typeId, { layout, handle });
    on(commands.ADD_PUBLICATION, (values) => this.#addPublication(values, false));
    on(commands.ADD_EXCLUSIVE_PUBLICATION, (values) => this.#addPublication(values, true));
    on(commands.REMOVE_PUBLICATION, (values) => this.#removePublication(values));
    on(commands.ADD_SUBSCRIPTION, (values) => this.#addSubscription(values));
    on(commands.REMOVE_SUBSCRIPTION, (values) => this.#removeSubscription(values));
    on(commands.CLIENT_KEEPALIVE, ({ clientId }) => this.#keepalive(clientId));
    on(commands.ADD_COUNTER, (values) => this.#addCounter(values));
    on(commands.REMOVE_COUNTER, (values) => this.#removeCounter(values));
    on(commands.ADD_STATIC_COUNTER, (values) => this.#addStaticCounter(values));
    on(commands.CLIENT_CLOSE, ({ clientId }) => this.#closeClient(clientId));
    on(commands.TERMINATE_DRIVER, ({ token }) => {
      if (this.#options.terminationValidator(token)) this.terminated = true;
    });
    on(commands.REJECT_IMAGE, (values) => this.#rejectImage(values));
    on(commands.GET_NEXT_AVAILABLE_SESSION_ID, ({ correlationId, streamId }) =>
      this.#send(responses.ON_NEXT_AVAILABLE_SESSION_ID, {
        correlationId,
        nextSessionId: this.#takeSessionId(streamId),
      }),
    );
    for (const layout of [
      commands.ADD_DESTINATION,
      commands.REMOVE_DESTINATION,
      commands.REMOVE_DESTINATION_BY_ID,
    ]) {
      on(layout as AnyLayout, () => {
        throw new AeronError(AeronErrorCode.UnknownPublication, 'no publication here has destinations');
      });
    }
    for (const layout of [commands.ADD_RCV_DESTINATION, commands.REMOVE_RCV_DESTINATION]) {
      on(layout as AnyLayout, () => {
        throw new AeronError(AeronErrorCode.UnknownSubscription, 'no subscription here has destinations');
      });
    }
    return table;
  }

  #onCommand(typeId: number, payload: Buffer): void {
    const correlationId = payload.length >= MIN_HEAD_LENGTH ? payload.readBigInt64LE(8) : null;
    try {
      const entry = this.#handlers.get(typeId);
      if (entry === undefined)
        throw new AeronError(AeronErrorCode.UnknownCommand, `unknown command ${typeId}`);
      if (typeId === commands.REJECT_IMAGE.typeId && payload.length === OLD_REMOVE_DESTINATION_LENGTH) {
        // What clients of 1.46 call REMOVE_DESTINATION_BY_ID.
        throw new AeronError(AeronErrorCode.UnknownPublication, 'no publication here has destinations');
      }
      const values = entry.layout.decode(payload);
      if (values === null) {
        throw new AeronError(
          AeronErrorCode.MalformedCommand,
          `${entry.layout.name} of ${payload.length} bytes is malformed`,
        );
      }
      entry.handle(values as never);
    } catch (error) {
      this.#onFailure(error, correlationId);
    }
  }

  #onFailure(error: unknown, correlationId: bigint | null): void {
    const errorCode = error instanceof AeronError ? error.errorCode : AeronErrorCode.Generic;
    const message = error instanceof Error ? error.message : String(error);
    this.#counters.add(SystemCounter.Errors, 1n);
    this.#errors.record(message, Date.now());
    if (correlationId !== null) {
      this.#send(responses.ON_ERROR, { offendingCorrelationId: correlationId, errorCode, message });
    }
  }

  #send<L extends AnyLayout>(layout: L, values: Values<L>): void {
    this.#responses.transmit(layout.typeId, layout.encode(values));
  }

  #client(clientId: bigint): DriverClient {
    const known = this.#clients.get(clientId);
    if (known !== undefined) return known;
    const key = Buffer.alloc(8);
    key.writeBigInt64LE(clientId);
    const heartbeatCounterId = this.#counters.allocate({
      typeId: CounterType.ClientHeartbeat,
      key,
      label: `client-heartbeat: id=${clientId}`,
      registrationId: clientId,
      ownerId: clientId,
      value: BigInt(Date.now()),
    });
    const client = {
      clientId,
      heartbeatCounterId,
      closedByCommand: false,
      publications: new Map<bigint, bigint>(),
      counters: new Map<bigint, number>(),
    };
    this.#clients.set(clientId, client);
    this.#send(responses.ON_COUNTER_READY, { correlationId: clientId, counterId: heartbeatCounterId });
    return client;
  }

  #keepalive(clientId: bigint): void {
    const client = this.#clients.get(clientId);
    if (client !== undefined) this.#counters.set(client.heartbeatCounterId, BigInt(Date.now()));
  }

  #closeClient(clientId: bigint): void {
    const client = this.#clients.get(clientId);
    if (client === undefined) return;
    client.closedByCommand = true;
    this.#counters.set(client.heartbeatCounterId, 0n);
  }

  #addPublication(command: Values<typeof commands.ADD_PUBLICATION>, exclusive: boolean): void {
    const { clientId, correlationId, streamId } = command;
    const params = publicationParams(command.channel, this.#options);
    const shared = exclusive ? undefined : this.#sharedPublication(streamId, params);
    const publication = shared ?? this.#newPublication(clientId, correlationId, streamId, params, exclusive);
    let client: DriverClient;
    try {
      client = this.#client(clientId);
    } catch (error) {
      if (shared === undefined) this.#discard(publication);
      throw error;
    }
    client.publications.set(correlationId, publication.registrationId);
    publication.references++;
    this.#send(exclusive ? responses.ON_EXCLUSIVE_PUBLICATION_READY : responses.ON_PUBLICATION_READY, {
      correlationId,
      registrationId: publication.registrationId,
      sessionId: publication.sessionId,
      streamId,
      positionLimitCounterId: publication.limitCounterId,
      channelStatusIndicatorId: -1,
      logFile: publication.log.path,
    });
    this.#tellResponseSession(publication);
    this.#guard(() => this.#linkSubscriptions(publication));
  }

  /** The subscription that waits for the answers to a publication learns in which session they come. */
  #tellResponseSession({ params, sessionId }: IpcPublication): void {
    const asked = this.#publications.get(params.responseCorrelationId);
    if (asked === undefined) return;
    const waiting = this.#subscriptions.get(asked.params.responseCorrelationId);
    if (waiting?.isResponse) waiting.sessionId = sessionId;
  }

  /** @throws AeronError 11 when it is there but differs from what is asked for */
  #sharedPublication(streamId: number, params: PublicationParams): IpcPublication | undefined {
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
    const there: Record<string, unknown> = {
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
      if (there[key] === wanted[key]) continue;
      throw new AeronError(
        AeronErrorCode.Generic,
        `existing publication has different '${key}': existing=${there[key]} requested=${wanted[key]}`,
      );
    }
  }

  #newPublication(
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
    const sessionId = params.sessionId ?? this.#takeSessionId(streamId);
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
      this.#counters.allocate(
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
      if (positionCounterId >= 0) this.#counters.free(positionCounterId, Date.now());
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
      position: this.#counters.slot(positionCounterId),
      limit: this.#counters.slot(limitCounterId),
    });
    const start = BigInt(publication.producerPosition);
    this.#counters.set(positionCounterId, start);
    this.#counters.set(limitCounterId, start);
    this.#counters.add(SystemCounter.BytesMapped, BigInt(log.bytes.length));
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

  #takeSessionId(streamId: number): number {
    for (;;) {
      const { low, high } = RESERVED_SESSIONS;
      if (this.#nextSessionId >= low && this.#nextSessionId <= high) this.#nextSessionId = high + 1;
      const sessionId = this.#nextSessionId;
      this.#nextSessionId = (sessionId + 1) | 0;
      if (!this.#isSessionTaken(streamId, sessionId)) return sessionId;
    }
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
    this.#send(responses.ON_OPERATION_SUCCESS, { correlationId: command.correlationId });
  }

  #dropReference(publication: IpcPublication): void {
    if (--publication.references > 0) return;
    publication.drain();
  }

  #addSubscription(command: Values<typeof commands.ADD_SUBSCRIPTION>): void {
    const { clientId, correlationId, streamId, channel } = command;
    const subscription = driverSubscription(correlationId, clientId, streamId, channel);
    this.#client(clientId);
    this.#subscriptions.set(correlationId, subscription);
    this.#send(responses.ON_SUBSCRIPTION_READY, { correlationId, channelStatusIndicatorId: -1 });
    const now = performance.now();
    this.#guard(() => {
      for (const publication of this.#publications.values()) {
        if (publication.accepts(now)) this.#link(subscription, publication);
      }
    });
  }

  #removeSubscription(command: Values<typeof commands.REMOVE_SUBSCRIPTION>): void {
    const subscription = this.#subscriptions.get(command.registrationId);
    if (subscription === undefined) {
      throw new AeronError(
        AeronErrorCode.UnknownSubscription,
        `unknown subscription ${command.registrationId}`,
      );
    }
    this.#forgetSubscription(subscription);
    this.#send(responses.ON_OPERATION_SUCCESS, { correlationId: command.correlationId });
  }

  #forgetSubscription(subscription: DriverSubscription): void {
    this.#subscriptions.delete(subscription.registrationId);
    for (const publication of this.#publications.values()) {
      for (const subscriber of publication.subscribers) {
        if (subscriber.subscription === subscription) this.#unlink(publication, subscriber);
      }
    }
  }

  #linkSubscriptions(publication: IpcPublication): void {
    if (!publication.accepts(performance.now())) return;
    for (const subscription of this.#subscriptions.values()) this.#link(subscription, publication);
  }

  #link(subscription: DriverSubscription, publication: IpcPublication): void {
    const { sessionId, streamId, registrationId } = publication;
    const matches =
      subscription.streamId === streamId &&
      (subscription.sessionId === null ? !subscription.isResponse : subscription.sessionId === sessionId) &&
      !publication.subscribers.some((subscriber) => subscriber.subscription === subscription);
    if (!matches) return;
    const join = publication.joinPosition;
    const counterId = this.#counters.allocate(
      streamCounter({
        typeId: CounterType.SubscriberPosition,
        name: 'sub-pos',
        registrationId: subscription.registrationId,
        sessionId,
        streamId,
        channel: subscription.channel,
        ownerId: subscription.clientId,
        referenceId: registrationId,
        value: BigInt(join),
        suffix: ` @${join}`,
      }),
    );
    const subscriber = new SubscriberPosition(
      subscription,
      counterId,
      this.#counters.slot(counterId),
      performance.now(),
    );
    publication.addSubscriber(subscriber);
    this.#announce(publication, subscriber);
  }

  #announce(publication: IpcPublication, subscriber: SubscriberPosition): void {
    this.#send(responses.ON_AVAILABLE_IMAGE, {
      correlationId: publication.registrationId,
      sessionId: publication.sessionId,
      streamId: publication.streamId,
      subscriptionRegistrationId: subscriber.subscription.registrationId,
      subscriberPositionId: subscriber.counterId,
      logFile: publication.log.path,
      sourceIdentity: IPC,
    });
  }

  #unlink(publication: IpcPublication, subscriber: SubscriberPosition): void {
    publication.removeSubscriber(subscriber);
    this.#counters.free(subscriber.counterId, Date.now());
  }

  #imageGone(publication: IpcPublication, { subscription }: SubscriberPosition, channel: string = IPC): void {
    this.#send(responses.ON_UNAVAILABLE_IMAGE, {
      correlationId: publication.registrationId,
      subscriptionRegistrationId: subscription.registrationId,
      streamId: publication.streamId,
      channel,
    });
  }

  #addCounter(command: Values<typeof commands.ADD_COUNTER>): void {
    const { clientId, correlationId } = command;
    const client = this.#client(clientId);
    const counterId = this.#counters.allocate({
      ...command,
      registrationId: correlationId,
      ownerId: clientId,
    });
    client.counters.set(correlationId, counterId);
    this.#send(responses.ON_COUNTER_READY, { correlationId, counterId });
  }

  #removeCounter(command: Values<typeof commands.REMOVE_COUNTER>): void {
    const client = this.#clients.get(command.clientId);
    const counterId = client?.counters.get(command.registrationId);
    if (client === undefined || counterId === undefined) {
      throw new AeronError(AeronErrorCode.UnknownCounter, `unknown counter ${command.registrationId}`);
    }
    client.counters.delete(command.registrationId);
    this.#send(responses.ON_OPERATION_SUCCESS, { correlationId: command.correlationId });
    this.#freeClientCounter(command.registrationId, counterId);
  }

  #freeClientCounter(registrationId: bigint, counterId: number): void {
    this.#send(responses.ON_UNAVAILABLE_COUNTER, { correlationId: registrationId, counterId });
    this.#counters.free(counterId, Date.now());
  }

  #addStaticCounter(command: Values<typeof commands.ADD_STATIC_COUNTER>): void {
    const { typeId, registrationId, correlationId } = command;
    this.#client(command.clientId);
    const found = [...this.#counters.reader].find(
      (counter) => counter.typeId === typeId && counter.registrationId === registrationId,
    );
    if (found !== undefined && found.ownerId !== STATIC_OWNER) {
      throw new AeronError(
        AeronErrorCode.Generic,
        `counter ${found.id} of type ${typeId} and registration id ${registrationId} is not static`,
      );
    }
    const counterId = found?.id ?? this.#counters.allocate({ ...command, ownerId: STATIC_OWNER });
    this.#send(responses.ON_STATIC_COUNTER, { correlationId, counterId });
  }

  #rejectImage(command: Values<typeof commands.REJECT_IMAGE>): void {
    const publication = this.#publications.get(command.imageCorrelationId);
    if (publication === undefined || publication.state === PublicationState.Linger) {
      throw new AeronError(
        AeronErrorCode.Generic,
        `unable to find image ${command.imageCorrelationId} to reject`,
      );
    }
    if (Buffer.byteLength(command.reason) > MAX_REASON_LENGTH) {
      throw new AeronError(
        AeronErrorCode.Generic,
        `a reason has at most ${MAX_REASON_LENGTH} bytes, not ${Buffer.byteLength(command.reason)}`,
      );
    }
    this.#send(responses.ON_PUBLICATION_ERROR, {
      registrationId: publication.registrationId,
      destinationRegistrationId: -1n,
      sessionId: publication.sessionId,
      streamId: publication.streamId,
      receiverId: -1n,
      groupTag: -1n,
      addressType: 1,
      sourcePort: 0,
      sourceAddress: Buffer.concat([Buffer.from([127, 0, 0, 1]), Buffer.alloc(12)]),
      errorCode: AeronErrorCode.ImageRejected,
      message: command.reason,
    });
    this.#errors.record(`image ${command.imageCorrelationId} was rejected: ${command.reason}`, Date.now());
    for (const subscriber of publication.subscribers) {
      this.#imageGone(publication, subscriber, subscriber.subscription.channel);
      this.#unlink(publication, subscriber);
    }
    publication.coolDownUntil = performance.now() + this.#options.imageLivenessTimeout;
    this.#counters.add(SystemCounter.ImagesRejected, 1n);
    this.#send(responses.ON_OPERATION_SUCCESS, { correlationId: command.correlationId });
  }

  #onTick(now: number): void {
    const wall = Date.now();
    this.#commands.consumerHeartbeat = BigInt(wall);
    for (const client of [...this.#clients.values()]) this.#guard(() => this.#checkClient(client, wall));
    for (const publication of [...this.#publications.values()]) {
      this.#guard(() => this.#checkPublication(publication, now));
    }
    this.#unblockCommands(now);
  }

  #checkClient(client: DriverClient, now: number): void {
    const heartbeat = Number(this.#counters.get(client.heartbeatCounterId));
    if (now <= heartbeat + this.#options.clientLivenessTimeout) return;
    if (!client.closedByCommand) {
      this.#counters.add(SystemCounter.ClientTimeouts, 1n);
      this.#send(responses.ON_CLIENT_TIMEOUT, { clientId: client.clientId });
    }
    this.#clients.delete(client.clientId);
    this.#freeClientCounter(client.clientId, client.heartbeatCounterId);
    for (const registrationId of client.publications.values()) {
      const publication = this.#publications.get(registrationId);
      if (publication !== undefined) this.#dropReference(publication);
    }
    for (const [registrationId, counterId] of client.counters)
      this.#freeClientCounter(registrationId, counterId);
    for (const subscription of [...this.#subscriptions.values()]) {
      if (subscription.clientId === client.clientId) this.#forgetSubscription(subscription);
    }
  }

  #checkPublication(publication: IpcPublication, now: number): void {
    publication.storeProducerPosition();
    switch (publication.state) {
      case PublicationState.Active:
        if (publication.isRevoked) {
          publication.endAtOnce();
          this.#counters.add(SystemCounter.PublicationsRevoked, 1n);
          this.#linger(publication, now);
          return;
        }
        this.#checkTethers(publication, now);
        publication.updateConnected();
        if (publication.coolDownUntil > 0 && now >= publication.coolDownUntil) {
          publication.coolDownUntil = 0;
          this.#linkSubscriptions(publication);
        }
        if (!publication.exclusive) this.#unblock(publication, now);
        return;
      case PublicationState.Draining:
        if (publication.isDrained) this.#linger(publication, now);
        else this.#unblock(publication, now);
        return;
      case PublicationState.Linger:
        if (publication.references > 0 || now < publication.lingerUntil) return;
        this.#discard(publication);
    }
  }

  #discard(publication: IpcPublication): void {
    const { length } = publication.log.bytes;
    this.#freeCounters(publication);
    this.#publications.delete(publication.registrationId);
    try {
      publication.delete();
      this.#counters.add(SystemCounter.BytesMapped, -BigInt(length));
    } catch (error) {
      this.#counters.add(SystemCounter.FailedLogFrees, 1n);
      throw error;
    }
  }

  #unblock(publication: IpcPublication, now: number): void {
    if (!publication.unblockIfStuck(now, this.#options.publicationUnblockTimeout)) return;
    this.#counters.add(SystemCounter.UnblockedPublications, 1n);
  }

  #linger(publication: IpcPublication, now: number): void {
    for (const subscriber of publication.subscribers) this.#imageGone(publication, subscriber);
    publication.state = PublicationState.Linger;
    publication.lingerUntil = now + Number(publication.params.lingerNs / 1_000_000n);
  }

  #freeCounters(publication: IpcPublication): void {
    const now = Date.now();
    for (const subscriber of publication.subscribers) this.#counters.free(subscriber.counterId, now);
    publication.subscribers = [];
    this.#counters.free(publication.limitCounterId, now);
    this.#counters.free(publication.positionCounterId, now);
  }

  /** Subscribers that may be dropped: too slow for too long, then resting, then back. */
  #checkTethers(publication: IpcPublication, now: number): void {
    const { untetheredWindowLimitNs, untetheredLingerNs, untetheredRestingNs } = publication.params;
    const limit = publication.untetheredLimit;
    for (const subscriber of [...publication.subscribers]) {
      const longerThan = (nanos: bigint) => now - subscriber.since > Number(nanos / 1_000_000n);
      const { tether, rejoin } = subscriber.subscription;
      if (subscriber.state === Tether.Active) {
        if (tether || subscriber.position > limit) subscriber.since = now;
        else if (longerThan(untetheredWindowLimitNs)) {
          this.#imageGone(publication, subscriber);
          enter(subscriber, Tether.Linger, now);
        }
      } else if (subscriber.state === Tether.Linger && longerThan(untetheredLingerNs)) {
        if (rejoin) enter(subscriber, Tether.Resting, now);
        else this.#unlink(publication, subscriber);
      } else if (subscriber.state === Tether.Resting && longerThan(untetheredRestingNs)) {
        subscriber.position = publication.joinPosition;
        enter(subscriber, Tether.Active, now);
        this.#announce(publication, subscriber);
      }
    }
  }

  #unblockCommands(now: number): void {
    const { head, tail } = this.#commands;
    if (head !== this.#head || head === tail) {
      this.#head = head;
      this.#headSince = now;
    } else if (now - this.#headSince > this.#options.clientLivenessTimeout && this.#commands.unblock()) {
      this.#counters.add(SystemCounter.UnblockedCommands, 1n);
    }
  }

  /** An error must not end the cycle. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#onFailure(error, null);
    }
  }
}

function enter(subscriber: SubscriberPosition, state: Tether, now: number): void {
  subscriber.state = state;
  subscriber.since = now;
}
