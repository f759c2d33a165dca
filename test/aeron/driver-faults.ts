/** Errors and losses in the files of a media driver, with known figures. */
import fs from 'node:fs';
import path from 'node:path';
import { Aeron } from '../../src/aeron/index.js';
import { capture, expectation } from './vectors.js';

/** A loss of the report, as LossStat prints it. */
export interface KnownLoss {
  readonly observations: number;
  readonly bytesLost: number;
  readonly sessionId: number;
  readonly streamId: number;
  readonly channel: string;
  readonly source: string;
}

/** What {@link causeFaults} left in the files. */
export interface KnownFaults {
  /** Part of the text of the one distinct error. */
  readonly error: string;
  /** How often it was observed. */
  readonly errorObservations: number;
  readonly losses: readonly KnownLoss[];
}

const REFUSED = 'aeron:udp?endpoint=192.0.2.1:40123';

/** Lets a driver for IPC refuse a command twice, and gives it the captured loss report of a driver for UDP. */
export async function causeFaults(directory: string): Promise<KnownFaults> {
  fs.writeFileSync(path.join(directory, 'loss-report.dat'), Buffer.from(capture('loss-report.dat')));
  const aeron = await Aeron.connect({ directory });
  let errorObservations = 0;
  for (let i = 0; i < 2; i++) {
    await aeron.addSubscription(REFUSED, 77).catch(() => errorObservations++);
  }
  aeron.close();
  return { error: 'udp', errorObservations, losses: lossesOf(expectation('loss-report.dat').lossStatOutput) };
}

function lossesOf(report: string): KnownLoss[] {
  const lines = report.split('\n').filter((line) => /^\d+,/.test(line));
  return lines.map((line) => {
    const [observations, bytesLost, , , sessionId, streamId, channel = '', source = ''] = line.split(',');
    return {
      ...{ observations: Number(observations), bytesLost: Number(bytesLost) },
      ...{ sessionId: Number(sessionId), streamId: Number(streamId), channel, source },
    };
  });
}
