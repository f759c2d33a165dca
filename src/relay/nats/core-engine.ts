/** Core NATS: plain fan-out. Nothing is stored, so a record that no subscriber or connection takes is lost. */
import { type ConnectionState, connectEnd, type RelayEnd, runEngine } from '../engine.js';
import { RelayConnection } from './nats-connection.js';
import { classify } from './nats-faults.js';
import type { NatsServers } from './nats-servers.js';

/**
 * Header of a record: `<identity of the source, hexadecimal>:<sequence number>`. Only a publisher with a fixed subject sets
 * it: each subscriber of that subject then receives every record, so a gap in the numbers is a loss.
 */
export const RECORD_HEADER = 'Ringwire-Record';

/** Runs the ends that `begin` makes, one for each connection, until one is done or the signal of `options` aborts. */
export function runCore(
  options: NatsServers,
  begin: (connection: RelayConnection) => RelayEnd,
  report: (state: ConnectionState) => void,
): Promise<ConnectionState> {
  const connect = async () => connectEnd(await RelayConnection.open(options), begin, classify);
  return runEngine(connect, options.signal, report);
}
