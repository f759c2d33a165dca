/** What an observer's events go to besides the screen: files, metrics, a ring, the service manager. */
import path from 'node:path';
import { RingWriter, TickUnit } from '../../../channel/index.js';
import {
  EventPublication,
  HeartbeatFile,
  PrometheusExport,
  readKeyFile,
  SystemdNotifier,
  TsvExport,
  type VlpObserver,
} from '../../../health/index.js';
import { RingwireError } from '../../../platform/index.js';
import { printNote } from '../../print.js';
import type { WatchOptions } from './watch-options.js';

const RING_CAPACITY = 4 * 1024 * 1024;
const LONGEST_EVENT = 4096;

export class WatchOutputs {
  /** Where metrics are served, or null. */
  readonly metricsAddress: string | null;
  readonly #closers: (() => unknown)[];

  /** Opens what the options ask for; what was opened is closed again when something fails. */
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

  async close(): Promise<void> {
    for (const close of this.#closers.reverse()) await close();
  }
}

async function openAll(
  observer: VlpObserver,
  options: WatchOptions,
  closers: (() => unknown)[],
): Promise<string | null> {
  const {
    exportFile,
    exportFileMaxBytes: maxBytes,
    heartbeatFile,
    publish,
    promAddr,
    promTokenFile,
  } = options;
  if (exportFile !== undefined) {
    const tsv = new TsvExport(observer, exportFile, {
      onError: printNote,
      ...(maxBytes === undefined ? {} : { maxBytes }),
    });
    closers.push(() => tsv.close());
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
    const metrics = await PrometheusExport.listen(observer, { ...promAddr, ...token });
    closers.push(() => metrics.close());
    ({ address } = metrics);
  }
  const manager = SystemdNotifier.fromEnvironment();
  if (manager !== null) closers.push(() => manager.stopping());
  return address;
}

/** Made, or resumed after a restart: its readers go on undisturbed. */
function openRing(name: string): RingWriter {
  const match = /^(?:channel:)?(.+)#(\d+|0x[0-9a-f]+)$/i.exec(name);
  if (match === null) throw new RingwireError('INVALID_ARGUMENT', `--publish must be ROOT#ID, not "${name}"`);
  return RingWriter.open(path.resolve(match[1] as string), {
    writerId: process.pid,
    channelId: BigInt(match[2] as string),
    capacity: RING_CAPACITY,
    maxMessageLength: LONGEST_EVENT,
    timeout: 2n ** 64n - 1n,
    tickUnit: TickUnit.Nanos,
  });
}
