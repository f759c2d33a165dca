/** The records of a channel: the last ones, a search, and new ones as they arrive. */
import { setImmediate as turn } from 'node:timers/promises';
import { delay } from '../../platform/index.js';
import { EventStream } from '../server/event-stream.js';
import { HttpError } from '../server/http-error.js';
import { type Call, type Route, sendJson, shortText, wholeNumber } from '../server/route.js';
import { RecordScan } from './record-scan.js';

/** Most records of one answer. */
const MAX_RECORDS = 200;
const MAX_SEARCH = 256;
/** Most channels that are read at a time, also those that are followed. */
const MAX_SCANS = 32;
/** Longest time without a turn of the event loop, so that a scan delays neither the sampler nor other browsers. */
const SLICE_MILLIS = 4;
/** Milliseconds between two reads of a followed channel. */
const FOLLOW_MILLIS = 250;
/** Longest scan: a writer may publish faster than a search reads. */
const LONGEST_SCAN_MILLIS = 30_000;

/** The routes for the channels below a root folder. */
export function recordRoutes(root: string): Route[] {
  let scans = 0;

  async function scanning(call: Call, work: (scan: RecordScan) => Promise<void>): Promise<void> {
    const query = {
      limit: wholeNumber(call.query, 'limit', 50, MAX_RECORDS),
      search: shortText(call.query, 'search', MAX_SEARCH),
    };
    const id = channelId(call);
    if (scans >= MAX_SCANS)
      throw new HttpError(503, 'BUSY', 'too many channels are read at this moment; try again');
    scans++;
    try {
      using scan = new RecordScan(root, id, query);
      await work(scan);
    } finally {
      scans--;
    }
  }

  return [
    {
      method: 'GET',
      path: '/api/channels/{id}/records',
      handle: (call) =>
        scanning(call, async (scan) => {
          await readToEnd(scan, call.signal);
          if (!call.signal.aborted) sendJson(call.response, scan.take());
        }),
    },
    {
      method: 'GET',
      path: '/api/channels/{id}/follow',
      handle: (call) => scanning(call, (scan) => follow(scan, new EventStream(call.response))),
    },
  ];
}

/** Sends the last records, then new ones; a browser that is too slow misses records and learns how many. */
async function follow(scan: RecordScan, stream: EventStream): Promise<void> {
  let isFirst = true;
  while (!stream.signal.aborted) {
    await readToEnd(scan, stream.signal);
    if (stream.isReady) {
      const answer = scan.take();
      if (isFirst || answer.records.length > 0 || answer.end !== null)
        stream.send('records', JSON.stringify(answer));
      isFirst = false;
      if (answer.end !== null) break;
    }
    await delay(FOLLOW_MILLIS, stream.signal);
  }
  stream.end();
}

async function readToEnd(scan: RecordScan, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  while (!signal.aborted && !scan.advance(SLICE_MILLIS)) {
    if (performance.now() - began > LONGEST_SCAN_MILLIS) break;
    await turn();
  }
}

/** The channel of a path. @throws HttpError 404 */
export function channelId({ parameters: { id = '' } }: Call): bigint {
  if (/^\d{1,20}$/.test(id) && BigInt(id) <= 0xffff_ffff_ffff_ffffn) return BigInt(id);
  throw new HttpError(404, 'NOT_FOUND', 'the id of a channel is a decimal number of 64 bits');
}
