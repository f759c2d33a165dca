/**
 * The interface between a relay and an engine: what carries records from machine to machine.
 *
 * A relay end works over one connection of its engine, and over the next one when that closes. The outgoing end of an
 * engine that stores records is a {@link RelaySink}: append, confirm, and a resume token. The token is the number of the
 * next record that the engine needs, which the engine itself reports at each connection.
 */
import { BackoffIdle, delay } from '../platform/index.js';
import { TransientFault } from './transient-fault.js';

const PROGRESS_MILLIS = 100;
const SHORTEST_PAUSE_MILLIS = 50;
const LONGEST_PAUSE_MILLIS = 2000;

/** One end of a relay on one connection. It works in turns. */
export interface RelayEnd {
  /** Whether the relay has nothing left to do. */
  readonly isDone: boolean;
  /**
   * One turn.
   * @param now milliseconds of `performance.now()`
   * @returns how much was done; 0 lets the relay wait
   */
  doWork(now: number): number;
}

/** A connection with an end that works over it. */
export interface EngineConnection {
  readonly end: RelayEnd;
  /** Whether the connection has closed: the relay then connects again. */
  readonly isClosed: boolean;
  close(): void | Promise<void>;
}

/** Makes connections, each with a new end. */
export interface Engine {
  /** @throws an error that {@link isTransient} classifies */
  connect(): Promise<EngineConnection>;
  /** Whether another connection may succeed after this error. */
  isTransient(error: unknown): boolean;
  /** Called with each transient error. */
  onFault?(error: unknown): void;
}

/** The outgoing end of an engine that stores records. A record is appended once and confirmed later, in order. */
export interface RelaySink {
  /** Resume token: number of the record that the engine needs next. */
  readonly next: number;
  /** Number of the first record that the engine has not confirmed. */
  readonly confirmed: number;
  /** Number of records that may be appended now. */
  readonly room: number;
  /**
   * Appends the record {@link next}. The bytes stay as they are until the record is confirmed.
   * @throws RingwireError `MAX_RECORD_LENGTH_EXCEEDED`
   */
  append(record: Uint8Array): void;
  /** The source has lost the records before `sequence`: it is next. Call it only when every record is confirmed. */
  skip(sequence: number): void;
  /** Stores the place of the last confirmed record. Called after the confirmed records were released at the source. */
  save(): void;
  /** @throws what the engine reported since the last call */
  check(now: number): void;
}

/** Runs the ends of an engine, over one connection after the other, until one is done or the signal aborts. */
export async function runEngine(
  engine: Engine,
  signal: AbortSignal | undefined,
  onTurn: () => void,
): Promise<void> {
  let pause = SHORTEST_PAUSE_MILLIS;
  while (signal?.aborted !== true) {
    let connection: EngineConnection | undefined;
    const before = performance.now();
    try {
      connection = await engine.connect();
      await turns(connection, signal, onTurn);
      return;
    } catch (error) {
      if (signal?.aborted) return;
      if (connection?.isClosed !== true && !engine.isTransient(error)) throw error;
      engine.onFault?.(error);
    } finally {
      await connection?.close();
    }
    onTurn();
    if (performance.now() - before > LONGEST_PAUSE_MILLIS) pause = SHORTEST_PAUSE_MILLIS;
    if (!(await delay(pause, signal))) return;
    pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
  }
}

/** Returns when the end is done or the signal has aborted. @throws TransientFault when the connection has closed */
async function turns(
  connection: EngineConnection,
  signal: AbortSignal | undefined,
  onTurn: () => void,
): Promise<void> {
  const { end } = connection;
  const idle = new BackoffIdle();
  let reported = 0;
  while (!end.isDone && !connection.isClosed && signal?.aborted !== true) {
    const now = performance.now();
    const work = end.doWork(now);
    if (now - reported >= PROGRESS_MILLIS) {
      reported = now;
      onTurn();
    }
    await idle.idleAsync(work);
  }
  if (!end.isDone && signal?.aborted !== true) throw new TransientFault('the connection has ended');
}
