/** One connection to a NATS server, and what it reported about itself. */
import type { NatsConnection, PublishOptions } from '@nats-io/transport-node';
import type { RingwireError } from '../../platform/index.js';
import type { TransientFault } from '../transient-fault.js';
import { loadTransport } from './load-nats.js';
import { classify, exceedsMaxPayload, recordTooLong } from './nats-faults.js';
import { connectionOptions } from './nats-options.js';
import type { NatsServers } from './nats-servers.js';

const FLUSH_MILLIS = 1000;

export class RelayConnection {
  readonly nats: NatsConnection;
  #fault: RingwireError | TransientFault | null = null;

  /** @throws RingwireError or TransientFault */
  static async open(options: NatsServers): Promise<RelayConnection> {
    const { connect } = await loadTransport();
    const resolved = await connectionOptions(options);
    try {
      return new RelayConnection(await connect(resolved));
    } catch (error) {
      throw classify(error);
    }
  }

  private constructor(nats: NatsConnection) {
    this.nats = nats;
    void this.#watch();
    void nats.closed().then((error) => {
      if (error) this.#fault ??= classify(error);
    });
  }

  get isClosed(): boolean {
    return this.nats.isClosed();
  }

  /** @throws what the server or the connection reported */
  check(): void {
    if (this.#fault !== null) throw this.#fault;
  }

  /**
   * Publishes the record with this number. The client copies neither it nor its headers: they are sent later.
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED`; TransientFault
   */
  publish(subject: string, record: Uint8Array, sequence: number, options?: PublishOptions): void {
    try {
      this.nats.publish(subject, record, options);
    } catch (error) {
      if (!exceedsMaxPayload(error)) throw classify(error);
      const limit = this.nats.info?.max_payload ?? 0;
      throw recordTooLong(sequence, record.length, limit, 'max_payload of the server');
    }
  }

  /** Closes the connection when what was published is sent, or after a second. */
  async close(): Promise<void> {
    if (!this.nats.isClosed()) {
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, FLUSH_MILLIS);
      });
      await Promise.race([this.nats.flush().catch(() => {}), timeout]);
      clearTimeout(timer);
    }
    await this.nats.close().catch(() => {});
  }

  async #watch(): Promise<void> {
    for await (const status of this.nats.status()) {
      if (status.type === 'error') this.#fault ??= classify(status.error);
    }
  }
}
