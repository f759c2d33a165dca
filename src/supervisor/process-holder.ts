/** Adds single processes to a manager and removes them, with what each of them has: records, outputs, sockets. */
import { ListeningPorts } from './listening-ports.js';
import type { OutputFileOptions } from './output/output-file.js';
import { ProcessOutput } from './output/process-output.js';
import { ManagedProcess, type ProcessHost } from './process/managed-process.js';
import type { ProcessRecords } from './process/process-record.js';
import type { Survivors } from './process/survivors.js';
import type { ProcessRegistry } from './process-registry.js';
import type { ResolvedSpec } from './specification/process-spec.js';
import type { Storage } from './storage/storage.js';

/** The parts of a manager that its processes use. */
export interface HolderParts {
  readonly registry: ProcessRegistry;
  readonly records: ProcessRecords;
  readonly survivors: Survivors;
  readonly storage: Storage;
  readonly pipeFolder: string;
  readonly logFiles: OutputFileOptions | undefined;
  readonly emit: ProcessHost['emit'];
  readonly beat: ProcessHost['beat'];
  /** Called with the first process that needs health beats, and with later ones. */
  readonly listenForBeats: () => void;
  /** Called with the output of each new process. */
  readonly addOutput: (output: ProcessOutput) => void;
}

/** The processes of one manager, one by one. */
export class ProcessHolder {
  readonly #parts: HolderParts;
  readonly #host: ProcessHost;
  readonly #ports = new ListeningPorts();
  /** By id: outputs of removed processes. One that is added again continues its output, for followers also. */
  readonly #unused = new Map<string, { readonly output: ProcessOutput; readonly spec: ResolvedSpec }>();

  constructor(parts: HolderParts) {
    this.#parts = parts;
    const { records, emit, beat } = parts;
    this.#host = { records, emit, beat, listeningSocket: (spec) => this.#listeningSocket(spec) };
  }

  /**
   * Registers a process, and adopts or ends its child of an earlier manager.
   * @throws SupervisorError `DUPLICATE_ID`; ControlError `SHUTTING_DOWN`
   */
  async add(spec: ResolvedSpec): Promise<void> {
    const { registry, survivors } = this.#parts;
    registry.refuseIfClosed();
    registry.refuseIfUsed(spec.id);
    if (needsBeats(spec)) this.#parts.listenForBeats();
    const output = this.#outputOf(spec);
    const process = new ManagedProcess(spec, output, this.#host);
    registry.add(process);
    try {
      await survivors.settle(process);
      // A shutdown in the meantime did not see the child that was adopted.
      if (registry.isClosed && process.state !== 'pending') await process.stop();
    } catch (error) {
      registry.delete(spec.id);
      process.close();
      throw error;
    }
  }

  /**
   * Stops a process and removes it. Its record stays: a process that is added later with this id continues its output.
   * Call {@link closeUnused} when no process is added any more.
   * @throws ControlError `NOT_FOUND`
   */
  async remove(id: string): Promise<void> {
    const { registry } = this.#parts;
    const process = registry.get(id);
    if (process.state !== 'pending') await process.stop();
    process.release();
    this.#unused.set(id, process);
    registry.delete(id);
    const name = process.spec.of ?? id;
    if (this.#siblings(name).length === 0) this.#ports.close(name);
  }

  /** {@link remove}, and removes the record: another process may get the channels. @throws ControlError `NOT_FOUND` */
  async forget(id: string): Promise<void> {
    await this.remove(id);
    this.closeUnused();
    this.#parts.records.remove(id);
  }

  /** Closes the outputs of removed processes. */
  closeUnused(): void {
    for (const { output } of this.#unused.values()) output.close();
    this.#unused.clear();
  }

  /** Closes the outputs and the sockets; the processes have ended. */
  close(): void {
    this.closeUnused();
    for (const process of this.#parts.registry) process.close();
    this.#ports.closeAll();
  }

  /** Adopted instances still hold the socket of the manager that started them. */
  #listeningSocket(spec: ResolvedSpec): number | null {
    const shared = this.#siblings(spec.of ?? spec.id).some(({ run }) => run?.adopted === true);
    return this.#ports.of(spec, shared);
  }

  #siblings(name: string): ManagedProcess[] {
    return [...this.#parts.registry].filter(({ spec }) => (spec.of ?? spec.id) === name);
  }

  #outputOf({ id, logTimestamps }: ResolvedSpec): ProcessOutput {
    const unused = this.#unused.get(id);
    this.#unused.delete(id);
    if (unused?.spec.logTimestamps === logTimestamps) return unused.output;
    unused?.output.close();
    const { records, storage, pipeFolder, logFiles, addOutput } = this.#parts;
    const output = new ProcessOutput({
      id,
      storage,
      channel: records.of(id).channel,
      pipeFolder,
      files: logFiles,
      timestamps: logTimestamps,
    });
    addOutput(output);
    return output;
  }
}

function needsBeats({ liveness, ready }: ResolvedSpec): boolean {
  return liveness !== undefined || (ready !== undefined && 'beat' in ready);
}
