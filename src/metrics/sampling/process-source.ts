/** Samples the processes of a supervisor over its control socket, as `ringwire ctl list` does. */
import { ControlClient, type WireEntry } from '../../control/index.js';
import type { ProcessSample } from '../snapshot.js';

/** A manager that does not answer for so long is a fault of this sampling, in milliseconds. */
const TIMEOUT_MILLIS = 2000;
/** Unit of the CPU usage on the wire: 1/100 percent of a core. */
const CPU_UNIT = 10_000;

/** A control socket; connects at the first sample, and again after a fault. */
export class ProcessSource implements Disposable {
  readonly #path: string;
  #client: ControlClient | null = null;

  /** @param path the control socket */
  constructor(path: string) {
    this.#path = path;
  }

  /** @throws ControlError as `ControlClient.list` does */
  async sample(): Promise<ProcessSample[]> {
    try {
      this.#client ??= await ControlClient.dial(this.#path, { timeoutMs: TIMEOUT_MILLIS });
      return (await this.#client.list()).map(sampleOf);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#client?.close();
    this.#client = null;
  }
}

function sampleOf({
  id,
  name,
  state,
  pid,
  rss,
  restarts,
  exit,
  signal,
  uptime,
  cpu,
}: WireEntry): ProcessSample {
  return {
    ...{ id, name, state, pid, rss: Number(rss), restarts: restarts ?? null, uptimeMs: uptime ?? null },
    cpu: cpu === undefined ? null : cpu / CPU_UNIT,
    exitCode: exit ?? null,
    exitSignal: signal ?? null,
  };
}
