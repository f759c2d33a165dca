/** The outputs of an observer besides the screen: files, metrics, a ring, the service manager. */
import path from 'node:path';
import { type RingWriter, resumeOrCreateRing, TickUnit } from '../../../channel/index.js';
import {
  type AppendFileOptions,
  EventPublication,
  HeartbeatFile,
  RecoveryAudit,
  readKeyFile,
  SelfWatchdog,
  SystemdNotifier,
  TsvExport,
  type VlpObserver,
} from '../../../health/index.js';
import { RingwireError } from '../../../platform/index.js';
import { printNote } from '../../print.js';
import type { WatchOptions } from './watch-options.js';

const RING_CAPACITY = 4 * 1024 * 1024;
const LONGEST_EVENT = 4096;

/** The outputs that were opened. */
export class WatchOutputs {
  /** Where metrics are served, or null. */
  readonly metricsAddress: string | null;
  readonly #closers: (() => unknown)[];

  /** Opens all outputs that the options name; closes those already open when one fails. */
  static async open(observer: VlpObserver, options: WatchOptions): Promise<WatchOutputs> {
    const closers: (() => unknown)[] = [];
    try {
      const address = await openAll(observer, options, closers);
      return new WatchOutputs(address, closers);
    } catch (error) {
      await new WatchOutputs(null, closers).close();
      throw error;
    }
  }

  private constructor(metricsAddress: string | null, closers: (() => unknown)[]) {
    this.metricsAddress = metricsAddress;
    this.#closers = closers;
  }

  /** Closes them in reverse order. */
  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }
}

async function openAll(
  observer: VlpObserver,
  options: WatchOptions,
  closers: (() => unknown)[],
): Promise<string | null> {
  const { heartbeatFile, publish, promAddr, promTokenFile, selfWatchdogSecs } = options;
  openFiles(observer, options, closers);
  if (selfWatchdogSecs !== undefined) {
    const watchdog = new SelfWatchdog(selfWatchdogSecs);
    closers.push(() => watchdog.close());
  }
  if (heartbeatFile !== undefined) {
    const heartbeat = new HeartbeatFile(heartbeatFile);
    closers.push(() => heartbeat.close());
  }
  if (publish !== undefined) {
    const ring = openRing(publish);
    const publication = new EventPublication(observer, ring);
    closers.push(() => {
      publication.close();
      ring.detach();
    });
  }
  let address: string | null = null;
  if (promAddr !== undefined) {
    const token = promTokenFile === undefined ? {} : { token: readKeyFile(promTokenFile).toString('hex') };
    const { ObserverEndpoint } = await import('../../../metrics/index.js');
    const metrics = await ObserverEndpoint.listen(observer, {
      ...promAddr,
      ...token,
      rateLimitPerSecond: options.promRateLimitPerSec,
      rateLimitBurst: options.promRateLimitBurst,
    });
    closers.push(() => metrics.close());
    ({ address } = metrics);
  }
  const manager = SystemdNotifier.fromEnvironment();
  if (manager !== null) closers.push(() => manager.stopping());
  return address;
}

function openFiles(observer: VlpObserver, options: WatchOptions, closers: (() => unknown)[]): void {
  const { exportFile, recoveryAuditFile } = options;
  if (exportFile !== undefined) {
    const { exportFileMaxBytes: maxBytes, exportFileSyncEvery: syncEvery } = options;
    const tsv = new TsvExport(observer, exportFile, fileOptions(maxBytes, syncEvery));
    closers.push(() => tsv.close());
  }
  if (recoveryAuditFile !== undefined) {
    const { recoveryAuditMaxBytes: maxBytes, recoveryAuditSyncEvery: syncEvery } = options;
    const audit = new RecoveryAudit(observer, recoveryAuditFile, fileOptions(maxBytes, syncEvery));
    closers.push(() => audit.close());
  }
}

function fileOptions(maxBytes: number | undefined, syncEvery: number): AppendFileOptions {
  return { onError: printNote, syncEvery, ...(maxBytes === undefined ? {} : { maxBytes }) };
}

/** Creates the ring, or resumes it after a restart, whatever its capacity: its readers continue. */
function openRing(name: string): RingWriter {
  const match = /^(?:channel:)?(.+)#(\d+|0x[0-9a-f]+)$/i.exec(name);
  if (match === null) throw new RingwireError('INVALID_ARGUMENT', `--publish must be ROOT#ID, not "${name}"`);
  return resumeOrCreateRing(path.resolve(match[1] as string), {
    writerId: process.pid,
    channelId: BigInt(match[2] as string),
    capacity: RING_CAPACITY,
    maxMessageLength: LONGEST_EVENT,
    timeout: 2n ** 64n - 1n,
    tickUnit: TickUnit.Nanos,
  });
}
