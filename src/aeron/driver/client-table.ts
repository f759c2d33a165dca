/**
 * The clients of a driver and their counters.
 *
 * INV-AERON-LIVE-01: a client is dead when its heartbeat has not changed for the liveness timeout on the monotonic
 * clock. A jump of the wall clock ends no client.
 */
import { AeronError, AeronErrorCode } from '../client/aeron-error.js';
import type * as commands from '../layout/command-layouts.js';
import { CounterType } from '../layout/counter-layout.js';
import * as responses from '../layout/response-layouts.js';
import { SystemCounterId } from '../layout/system-counter-ids.js';
import type { DriverClient } from './driver-client.js';
import type { DriverOutput, Values } from './driver-output.js';

const STATIC_OWNER = -1n;

/** Clients by their ids. */
export class ClientTable {
  readonly #output: DriverOutput;
  readonly #clients = new Map<bigint, DriverClient>();

  constructor(output: DriverOutput) {
    this.#output = output;
  }

  get(clientId: bigint): DriverClient | undefined {
    return this.#clients.get(clientId);
  }

  [Symbol.iterator](): IterableIterator<DriverClient> {
    return this.#clients.values();
  }

  /** The client with this id. The first command of a client creates it. */
  known(clientId: bigint): DriverClient {
    const known = this.#clients.get(clientId);
    if (known !== undefined) return known;
    const key = Buffer.alloc(8);
    key.writeBigInt64LE(clientId);
    const heartbeat = BigInt(Date.now());
    const heartbeatCounterId = this.#output.counters.allocate({
      typeId: CounterType.ClientHeartbeat,
      key,
      label: `client-heartbeat: id=${clientId}`,
      registrationId: clientId,
      ownerId: clientId,
      value: heartbeat,
    });
    const client = {
      clientId,
      heartbeatCounterId,
      heartbeat,
      heartbeatSince: performance.now(),
      closedByCommand: false,
      publications: new Map<bigint, bigint>(),
      counters: new Map<bigint, number>(),
    };
    this.#clients.set(clientId, client);
    this.#output.send(responses.ON_COUNTER_READY, { correlationId: clientId, counterId: heartbeatCounterId });
    return client;
  }

  keepalive(clientId: bigint): void {
    const client = this.#clients.get(clientId);
    if (client !== undefined) this.#output.counters.set(client.heartbeatCounterId, BigInt(Date.now()));
  }

  /** Marks the client as closed; the next tick removes it. */
  closing(clientId: bigint): void {
    const client = this.#clients.get(clientId);
    if (client === undefined) return;
    client.closedByCommand = true;
    this.#output.counters.set(client.heartbeatCounterId, 0n);
  }

  /** Whether a client has closed, or its heartbeat has not changed for the liveness timeout. @param now monotonic milliseconds */
  isGone(client: DriverClient, now: number, timeoutMs: number): boolean {
    if (client.closedByCommand) return true;
    const heartbeat = this.#output.counters.get(client.heartbeatCounterId);
    if (heartbeat !== client.heartbeat) {
      client.heartbeat = heartbeat;
      client.heartbeatSince = now;
    }
    return now - client.heartbeatSince > timeoutMs;
  }

  /** Removes a client and its heartbeat counter. The caller removes its publications and subscriptions, then calls {@link freeCounters}. */
  forget(client: DriverClient): void {
    if (!client.closedByCommand) {
      this.#output.counters.add(SystemCounterId.ClientTimeouts, 1n);
      this.#output.send(responses.ON_CLIENT_TIMEOUT, { clientId: client.clientId });
    }
    this.#clients.delete(client.clientId);
    this.#freeCounter(client.clientId, client.heartbeatCounterId);
  }

  freeCounters(client: DriverClient): void {
    for (const [registrationId, counterId] of client.counters) this.#freeCounter(registrationId, counterId);
  }

  addCounter(command: Values<typeof commands.ADD_COUNTER>): void {
    const { clientId, correlationId } = command;
    const client = this.known(clientId);
    const counterId = this.#output.counters.allocate({
      ...command,
      registrationId: correlationId,
      ownerId: clientId,
    });
    client.counters.set(correlationId, counterId);
    this.#output.send(responses.ON_COUNTER_READY, { correlationId, counterId });
  }

  removeCounter(command: Values<typeof commands.REMOVE_COUNTER>): void {
    const client = this.#clients.get(command.clientId);
    const counterId = client?.counters.get(command.registrationId);
    if (client === undefined || counterId === undefined) {
      throw new AeronError(AeronErrorCode.UnknownCounter, `unknown counter ${command.registrationId}`);
    }
    client.counters.delete(command.registrationId);
    this.#output.send(responses.ON_OPERATION_SUCCESS, { correlationId: command.correlationId });
    this.#freeCounter(command.registrationId, counterId);
  }

  addStaticCounter(command: Values<typeof commands.ADD_STATIC_COUNTER>): void {
    const { typeId, registrationId, correlationId } = command;
    this.known(command.clientId);
    const found = [...this.#output.counters.reader].find(
      (counter) => counter.typeId === typeId && counter.registrationId === registrationId,
    );
    if (found !== undefined && found.ownerId !== STATIC_OWNER) {
      throw new AeronError(
        AeronErrorCode.Generic,
        `counter ${found.id} of type ${typeId} and registration id ${registrationId} is not static`,
      );
    }
    const counterId = found?.id ?? this.#output.counters.allocate({ ...command, ownerId: STATIC_OWNER });
    this.#output.send(responses.ON_STATIC_COUNTER, { correlationId, counterId });
  }

  #freeCounter(registrationId: bigint, counterId: number): void {
    this.#output.send(responses.ON_UNAVAILABLE_COUNTER, { correlationId: registrationId, counterId });
    this.#output.counters.free(counterId);
  }
}
