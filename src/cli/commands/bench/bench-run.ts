/** Runs the short benchmark: two processes, every record verified at the reader. */
import os from 'node:os';
import { temporaryRoot } from '../../temporary-root.js';
import type { BenchResult, BenchTask } from './bench-messages.js';
import { BenchPeer } from './bench-peer.js';
import { BENCH_LENGTH, benchCapacity } from './bench-records.js';

const WARM_UP = 200_000;
const BATCH = 64;

/** What to measure. */
export interface BenchRequest {
  readonly records: number;
  readonly rounds: number;
  readonly signal: AbortSignal;
  /** Called with the name of each measurement when it begins. */
  readonly onStage: (stage: string) => void;
}

/** The throughput of one way of writing. */
export interface OneWay {
  readonly name: 'single write' | 'batch of 64';
  readonly records: number;
  /** From the first record to the last one verified. */
  readonly millis: number;
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
}

/** All results of one run. */
export interface BenchOutcome {
  readonly node: string;
  readonly cpus: number;
  readonly recordLength: number;
  readonly oneWay: readonly OneWay[];
  /** Microseconds. */
  readonly roundTrip: {
    readonly rounds: number;
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
  };
}

/** Runs all measurements. @throws Error when a record was wrong or a process died */
export async function runBench(request: BenchRequest): Promise<BenchOutcome> {
  const { records, rounds, signal } = request;
  const first = new BenchPeer(signal);
  const second = new BenchPeer(signal);
  const oneWay = async (name: OneWay['name'], batch: number): Promise<OneWay> => {
    request.onStage(`${name}, warming up`);
    await measure(first, second, WARM_UP - (WARM_UP % BATCH), batch);
    request.onStage(name);
    return oneWayFrom(name, await measure(first, second, records - (records % BATCH), batch));
  };
  try {
    const single = await oneWay('single write', 1);
    const batched = await oneWay('batch of 64', BATCH);
    request.onStage('round trip');
    const { verified, roundTrip } = await measureRoundTrip(first, second, rounds);
    return {
      node: process.version,
      cpus: os.availableParallelism(),
      recordLength: BENCH_LENGTH,
      oneWay: [single, batched],
      roundTrip: { rounds: verified, ...(roundTrip ?? { p50: 0, p99: 0, max: 0 }) },
    };
  } finally {
    await Promise.all([first.end(), second.end()]);
  }
}

function oneWayFrom(name: OneWay['name'], { verified, millis }: BenchResult): OneWay {
  const recordsPerSecond = (verified * 1000) / millis;
  return {
    name,
    records: verified,
    millis,
    recordsPerSecond,
    bytesPerSecond: recordsPerSecond * BENCH_LENGTH,
  };
}

/** Measures one way; returns the result of the reader, which verifies. */
async function measure(
  writer: BenchPeer,
  reader: BenchPeer,
  count: number,
  batch: number,
): Promise<BenchResult> {
  return onTemporaryRoot(benchCapacity(count), async (root) => {
    const task: BenchTask = { root, count, batch };
    await writer.prepare({ role: 'write', task });
    await reader.prepare({ role: 'verify', task });
    writer.go();
    const [, result] = await Promise.all([writer.result(), reader.result()]);
    return result;
  });
}

async function measureRoundTrip(asker: BenchPeer, echo: BenchPeer, count: number): Promise<BenchResult> {
  return onTemporaryRoot(2 * benchCapacity(count), async (root) => {
    const task: BenchTask = { root, count, batch: 1 };
    await asker.prepare({ role: 'ping', task });
    await echo.prepare({ role: 'echo', task });
    asker.go();
    const [result] = await Promise.all([asker.result(), echo.result()]);
    return result;
  });
}

async function onTemporaryRoot<T>(length: number, work: (root: string) => Promise<T>): Promise<T> {
  const root = temporaryRoot('ringwire-bench', length + 64 * 1024);
  try {
    return await work(root.path);
  } finally {
    root.remove();
  }
}
