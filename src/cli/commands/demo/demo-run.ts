/** Runs the two processes of the demo on a temporary channel and combines their results. */
import { channelPaths } from '../../../channel/index.js';
import { temporaryRoot } from '../../temporary-root.js';
import { DemoChild } from './demo-child.js';
import {
  DEMO_CHANNEL,
  type DemoFault,
  type DemoPlan,
  type DemoProgress,
  type ReaderResult,
  type WriterResult,
} from './demo-messages.js';
import { demoTotals } from './demo-records.js';

const LEAST_CAPACITY = 1 << 20;
/** Bytes besides the records: header page, bell, markers. */
const SPARE = 64 * 1024;

/** The result of the demo. */
export interface DemoOutcome {
  readonly channel: string;
  readonly capacity: number;
  readonly writerPid: number | undefined;
  readonly readerPid: number | undefined;
  readonly records: number;
  readonly payload: number;
  readonly heartbeats: number;
  readonly writer: WriterResult | undefined;
  readonly reader: ReaderResult | undefined;
  /** Texts of all faults; empty when every record was verified. */
  readonly faults: readonly string[];
}

/** What the demo does. */
export interface DemoRequest {
  readonly records: number;
  readonly heartbeats: number;
  readonly inject: DemoFault | undefined;
  readonly keep: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DemoProgress) => void;
}

/** Runs the demo. @throws the signal's reason when it aborts, after the processes have ended and the files are removed */
export async function runDemo(request: DemoRequest): Promise<DemoOutcome> {
  const { payload, taken } = demoTotals(request.records);
  const capacity = Math.max(LEAST_CAPACITY, taken + request.heartbeats * 8 + 1024);
  const folder = temporaryRoot('ringwire-demo', capacity + SPARE);
  const plan: DemoPlan = {
    root: folder.path,
    records: request.records,
    capacity,
    heartbeats: request.heartbeats,
    inject: request.inject,
  };
  const writer = new DemoChild('writer', request);
  const reader = new DemoChild('reader', request);
  try {
    await exchange(plan, writer, reader);
    request.signal.throwIfAborted();
    return {
      channel: channelPaths(folder.path, DEMO_CHANNEL).file,
      capacity,
      writerPid: writer.pid,
      readerPid: reader.pid,
      records: request.records,
      payload,
      heartbeats: request.heartbeats,
      writer: writer.writerResult,
      reader: reader.readerResult,
      faults: faultsOf(request, payload, writer, reader),
    };
  } finally {
    await Promise.all([writer.end(), reader.end()]);
    if (!request.keep) folder.remove();
  }
}

/** Starts the writer after the reader has opened the channel, so that both work at the same time. */
async function exchange(plan: DemoPlan, writer: DemoChild, reader: DemoChild): Promise<void> {
  writer.order({ order: 'begin', plan });
  if (!(await writer.ready)) return;
  reader.order({ order: 'begin', plan });
  if (!(await reader.ready)) return;
  writer.order({ order: 'go' });
  await Promise.all([writer.done, reader.done]);
}

function faultsOf(
  request: DemoRequest,
  payload: number,
  writer: DemoChild,
  reader: DemoChild,
): readonly string[] {
  const faults = [...writer.faults, ...reader.faults];
  const read = reader.readerResult;
  if (read === undefined) return faults.length > 0 ? faults : ['the reader gave no result'];
  if (read.fault !== null) faults.push(`reader: ${read.fault}`);
  else if (read.bytes !== payload) faults.push(`reader: ${read.bytes} bytes instead of ${payload}`);
  else if (read.heartbeats !== request.heartbeats)
    faults.push(`reader: ${read.heartbeats} heartbeats instead of ${request.heartbeats}`);
  return faults;
}
