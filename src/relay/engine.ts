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

/**
 * Makes a connection with a new end.
 * @throws TransientFault when another connection may succeed; any other error ends the relay
 */
export type Connect = () => Promise<EngineConnection>;

/** The connections of a relay so far. */
export interface ConnectionState {
  /** Connections after the first. */
  readonly reconnects: number;
  /** Why the relay is not connected, or null. */
  readonly fault: string | null;
}

/** A connection of the client of an engine. */
export interface ClientConnection {
  readonly isClosed: boolean;
  close(): void | Promise<void>;
}

/**
 * Makes an end over a connection. `closeEnd` runs before the connection closes.
 * @throws the error of `makeEnd`, as `classify` returns it; the connection is closed then
 */
export async function connectEnd<C extends ClientConnection, E extends RelayEnd>(
  connection: C,
  makeEnd: (connection: C) => E | Promise<E>,
  classify: (error: unknown) => Error,
  closeEnd?: (end: E) => Promise<void>,
): Promise<EngineConnection> {
  try {
    const end = await makeEnd(connection);
    return {
      end,
      get isClosed() {
        return connection.isClosed;
      },
      close: async () => {
        await closeEnd?.(end);
        await connection.close();
      },
    };
  } catch (error) {
    // First: whether the connection was closed before may matter.
    const classified = classify(error);
    await connection.close();
    throw classified;
  }
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

/**
 * Runs ends over one connection after the other, until one is done or the signal aborts.
 * @param onTurn called about ten times a second while connected, and after each fault
 * @param onFault called with the text of each transient fault, before `onTurn`
 */
export async function runEngine(
  connect: Connect,
  signal: AbortSignal | undefined,
  onTurn: (state: ConnectionState) => void,
  onFault?: (message: string) => void,
): Promise<ConnectionState> {
  let connections = 0;
  let fault: string | null = null;
  const state = () => ({ reconnects: Math.max(0, connections - 1), fault });
  let pause = SHORTEST_PAUSE_MILLIS;
  while (signal?.aborted !== true) {
    let connection: EngineConnection | undefined;
    const before = performance.now();
    try {
      connection = await connect();
      connections++;
      fault = null;
      await turns(connection, signal, () => onTurn(state()));
      return state();
    } catch (error) {
      if (signal?.aborted) return state();
      if (connection?.isClosed !== true && !(error instanceof TransientFault)) throw error;
      fault = (error as Error).message;
      onFault?.(fault);
    } finally {
      await connection?.close();
    }
    onTurn(state());
    if (performance.now() - before > LONGEST_PAUSE_MILLIS) pause = SHORTEST_PAUSE_MILLIS;
    if (!(await delay(pause, signal))) break;
    pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS);
  }
  return state();
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
