/**
 * The conductor of the embedded driver. It serves commands, moves limits and removes dead clients. Responses and their
 * order are those of Aeron 1.53 `DriverConductor`.
 */
import { CommandRing, DRIVER_CLOSED } from '../client/conductor/command-ring.js';
import * as commands from '../layout/command-layouts.js';
import { SystemCounterId } from '../layout/system-counter-ids.js';
import { ClientTable } from './client-table.js';
import { CommandDispatch } from './command-dispatch.js';
import type { DriverClient } from './driver-client.js';
import type { DriverDirectory } from './driver-directory.js';
import type { ResolvedDriverOptions } from './driver-options.js';
import { DriverOutput } from './driver-output.js';
import { ImageLinks } from './publication/image-links.js';
import { type IpcPublication, PublicationState } from './publication/ipc-publication.js';
import { PublicationTable } from './publication/publication-table.js';
import { StreamCommands } from './stream-commands.js';
import { allocateSystemCounters } from './system-counters.js';

/** Version 1.0.0 of the control protocol: the commands that this driver serves. */
const CONTROL_PROTOCOL_VERSION = 65_536n;
/** The version of Aeron whose protocol this driver implements: 1.53.0. */
const DRIVER_VERSION = (1n << 16n) | (53n << 8n);
const SYSTEM_COUNTERS = 46;
const SLOW_CYCLE_MILLIS = 100;
/** Most commands per duty cycle: a client that floods the ring must not prevent limits from moving. */
const MAX_COMMANDS = 32;

/** Runs the duty cycle of a driver. */
export class DriverConductor {
  readonly #options: ResolvedDriverOptions;
  readonly #commands: CommandRing;
  readonly #output: DriverOutput;
  readonly #dispatch: CommandDispatch;
  readonly #clients: ClientTable;
  readonly #publications: PublicationTable;
  readonly #images: ImageLinks;
  readonly #streams: StreamCommands;
  /** Times here are monotonic milliseconds; clients read Unix time. */
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
    this.#streams = new StreamCommands({
      options,
      output: this.#output,
      clients: this.#clients,
      publications: this.#publications,
      images: this.#images,
    });
    this.#streams.register(this.#dispatch);
    this.#serveCommands();
    const { counters } = this.#output;
    allocateSystemCounters(counters);
    counters.set(SystemCounterId.AeronVersion, DRIVER_VERSION);
    counters.set(SystemCounterId.ControlProtocolVersion, CONTROL_PROTOCOL_VERSION);
    counters.set(SystemCounterId.BytesMapped, BigInt(directory.header.fileLength));
    // Correlation id 0 belongs to the driver.
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

  /** Milliseconds until a publisher reaches its limit at its current rate; infinity without traffic. */
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
    this.#served = this.#commands.read(this.#serve, MAX_COMMANDS);
    this.#limitsMoved = 0;
    this.#msToLimit = Number.POSITIVE_INFINITY;
    for (const publication of this.#publications) {
      if (publication.updateLimit()) this.#limitsMoved++;
      this.#msToLimit = Math.min(this.#msToLimit, publication.msToLimit(elapsed));
    }
    const took = performance.now() - started;
    if (took > this.#longestCycle) {
      this.#longestCycle = took;
      this.#output.counters.set(SystemCounterId.ConductorMaxCycle, BigInt(Math.round(took * 1e6)));
    }
    if (took > SLOW_CYCLE_MILLIS) this.#output.counters.add(SystemCounterId.ConductorSlowCycles, 1n);
    return this.#served + this.#limitsMoved;
  }

  /** Deletes the logs. The last store is the heartbeat -1. */
  close(): void {
    this.#publications.close();
    for (let id = 0; id < SYSTEM_COUNTERS; id++) this.#output.counters.free(id);
    this.#commands.consumerHeartbeat = DRIVER_CLOSED;
  }

  #serveCommands(): void {
    const dispatch = this.#dispatch;
    const clients = this.#clients;
    dispatch.on(commands.CLIENT_KEEPALIVE, ({ clientId }) => clients.keepalive(clientId));
    dispatch.on(commands.ADD_COUNTER, (values) => clients.addCounter(values));
    dispatch.on(commands.REMOVE_COUNTER, (values) => clients.removeCounter(values));
    dispatch.on(commands.ADD_STATIC_COUNTER, (values) => clients.addStaticCounter(values));
    dispatch.on(commands.CLIENT_CLOSE, ({ clientId }) => clients.closing(clientId));
    dispatch.on(commands.TERMINATE_DRIVER, ({ token }) => {
      if (this.#options.terminationValidator(token)) this.terminated = true;
    });
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
    this.#streams.forgetPublications(client);
    this.#clients.freeCounters(client);
    this.#images.forgetClient(client.clientId);
  }

  #checkPublication(publication: IpcPublication, now: number): void {
    publication.storeProducerPosition();
    switch (publication.state) {
      case PublicationState.Active:
        if (publication.isRevoked) {
          publication.endAtOnce();
          this.#output.counters.add(SystemCounterId.PublicationsRevoked, 1n);
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
    this.#output.counters.add(SystemCounterId.UnblockedPublications, 1n);
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
      this.#output.counters.add(SystemCounterId.UnblockedCommands, 1n);
    }
  }
}
