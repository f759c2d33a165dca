/** Core NATS: plain fan-out. Nothing is stored, so a record that no subscriber or connection takes is lost. */
import { type Engine, type EngineConnection, type RelayEnd, runEngine } from '../engine.js';
import { TransientFault } from '../transient-fault.js';
import { connectEnd, type RelayConnection } from './nats-connection.js';
import type { NatsServers } from './nats-servers.js';

/**
 * Header of a record: `<identity of the source, hexadecimal>:<sequence number>`. Only a publisher with a fixed subject sets
 * it: each subscriber of that subject then receives every record, so a gap in the numbers is a loss.
 */
export const RECORD_HEADER = 'Ringwire-Record';

/** State of the connections of a relay over core NATS. */
export interface CoreState {
  readonly reconnects: number;
  readonly fault: string | null;
}

/** Runs the ends that `begin` makes, one for each connection, until one is done or the signal of `options` aborts. */
export async function runCore(
  options: NatsServers,
  begin: (connection: RelayConnection) => RelayEnd,
  report: (state: CoreState) => void,
): Promise<CoreState> {
  const engine = new CoreEngine(options, begin);
  await runEngine(engine, options.signal, () => report(engine.state));
  return engine.state;
}

class CoreEngine implements Engine {
  #connections = 0;
  #fault: string | null = null;
  readonly #options: NatsServers;
  readonly #begin: (connection: RelayConnection) => RelayEnd;

  constructor(options: NatsServers, begin: (connection: RelayConnection) => RelayEnd) {
    this.#options = options;
    this.#begin = begin;
  }

  get state(): CoreState {
    return { reconnects: Math.max(0, this.#connections - 1), fault: this.#fault };
  }

  connect(): Promise<EngineConnection> {
    return connectEnd(this.#options, (connection) => {
      const end = this.#begin(connection);
      this.#connections++;
      this.#fault = null;
      return end;
    });
  }

  isTransient(error: unknown): boolean {
    return error instanceof TransientFault;
  }

  onFault(error: unknown): void {
    this.#fault = (error as Error).message;
  }
}
