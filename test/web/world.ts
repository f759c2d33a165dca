/** Something of everything that `ringwire web` shows: channels with traffic, processes, agents and a media driver. */
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { Aeron, IpcMediaDriver } from '../../src/aeron/index.js';
import { JournalWriter, RingReader, RingWriter, ShmWriter } from '../../src/channel/index.js';
import { finished, printed, start } from '../cli/ringwire-command.js';
import { supervise } from '../supervisor/supervised.js';
import { memoryFolder } from '../temporary.js';

/** A record that would be a script, were it HTML. */
export const HOSTILE_RECORD = '<script>window.owned = true</script><img src=x onerror="window.owned = true">';

const TRAFFIC_MILLIS = 50;

/** The arguments of `ringwire web` for this world, and what it holds. */
export interface World {
  readonly args: readonly string[];
  readonly root: string;
  /** Path that agents send their beats to. */
  readonly healthSocket: string;
  /** Folder of the media driver. */
  readonly aeronDir: string;
  readonly supervised: Awaited<ReturnType<typeof supervise>>;
  /** Writes a record into the log 7. */
  readonly write: (text: string) => void;
}

/** Builds the world below a folder; it ends with the test. */
export async function world(folder = memoryFolder()): Promise<World> {
  const root = path.join(folder, 'channels');
  const healthSocket = path.join(folder, 'health.sock');
  const aeronDir = path.join(folder, 'aeron');
  const write = channels(root);
  const supervised = await processes(path.join(folder, 'run'));
  await mediaDriver(aeronDir);
  const args = [
    ...['--root', root, '--runtime-dir', supervised.folder],
    ...['--health-socket', healthSocket, '--health-threshold', '3s', '--aeron-dir', aeronDir],
  ];
  return { args, root, healthSocket, aeronDir, supervised, write };
}

/** A ring with two readers, one of them slow, an overwriting ring, a journal, an open log and a closed one. */
function channels(root: string): (text: string) => void {
  const orders = RingWriter.create(root, { channelId: 1, capacity: 1 << 19, policy: 'back-pressure' });
  const prices = RingWriter.create(root, { channelId: 2, capacity: 1 << 20 });
  const journal = JournalWriter.open(root, { channelId: 42 });
  const log = ShmWriter.create(root, { channelId: 7, capacity: 1 << 20 });
  const closed = ShmWriter.create(root, { channelId: 9, capacity: 1 << 16 });
  for (let i = 0; i < 300; i++) closed.write(Buffer.from(`line ${i}`));
  closed.close();
  const billing = RingReader.open(root, 1, { name: 'billing' });
  const audit = RingReader.open(root, 1, { name: 'audit' });
  const screen = RingReader.open(root, 2, { name: 'screen', observe: true });
  log.write(Buffer.from(JSON.stringify({ order: 1, item: 'lamp', price: 12.5 })));
  log.write(Buffer.from(HOSTILE_RECORD));
  log.write(Buffer.from([0, 1, 2, 253, 254, 255]));

  let round = 0;
  const timer = setInterval(() => {
    round++;
    const wave = 1 + Math.sin(round / 60);
    for (let i = 0; i < 20 + 12 * wave; i++)
      orders.tryWrite(Buffer.from(JSON.stringify({ order: round * 100 + i, item: 'lamp', price: 12.5 })));
    const price = Buffer.alloc(64);
    for (let i = 0; i < 400 + 300 * wave; i++) prices.tryWrite(price);
    if (round % 4 === 0) journal.write(Buffer.from(`entry ${round}`));
    billing.poll(() => {}, 1000);
    // Reads nothing for a while, then catches up.
    if (round % 160 > 110) audit.poll(() => {}, 400);
    screen.poll(() => {}, 650);
  }, TRAFFIC_MILLIS);
  onTestFinished(() => {
    clearInterval(timer);
    for (const end of [billing, audit, screen, orders, prices, journal, log]) end.close();
  });
  return (text) => void log.write(Buffer.from(text));
}

async function processes(runtimeDir: string): Promise<World['supervised']> {
  const supervised = await supervise({ runtimeDir, sampleIntervalMs: 500 });
  const { manager } = supervised;
  const program = (text: string) => ({ command: process.execPath, args: ['-e', text] });
  const serving =
    "let n = 0; console.log('listening on port 8080'); setInterval(() => console.log('request', ++n, '200 OK'), 400)";
  await manager.register({ id: 'api', name: 'HTTP API', ...program(serving), restart: 'always' });
  await manager.register({ id: 'worker', ...program('setInterval(() => {}, 1000)'), restart: 'on-failure' });
  await manager.register({ id: 'import', name: 'nightly import', ...program('process.exit(3)') });
  await manager.register({ id: 'backup', ...program('') });
  await manager.start('api');
  await manager.start('worker');
  await manager.start('import');
  await supervised.until('import', 'crashed');
  return supervised;
}

async function mediaDriver(directory: string): Promise<void> {
  const driver = IpcMediaDriver.start({ directory, termLength: 1 << 16 });
  const aeron = await Aeron.connect({ directory });
  const subscription = await aeron.addSubscription('aeron:ipc?alias=prices', 10);
  const publication = await aeron.addExclusivePublication('aeron:ipc?alias=prices', 10);
  let round = 0;
  const timer = setInterval(() => {
    publication.offer(Buffer.alloc(256));
    if (++round % 3 === 0) subscription.poll(() => {}, 1);
  }, TRAFFIC_MILLIS);
  onTestFinished(() => {
    clearInterval(timer);
    aeron.close();
    driver.close();
  });
}

/** Starts agents that beat to a socket: one for each status. */
export function startAgents(socket: string): void {
  const statuses = [
    ['ok', '12'],
    ['ok', '0'],
    ['degraded', '4294967300'],
  ] as const;
  for (const [status, payload] of statuses)
    start(['vlp', 'beat', socket, '--status', status, '--payload', payload, '--every', '500ms']);
}

/** A server that runs as a process of its own. */
export interface RunningWeb {
  /** The printed URL, with the token. */
  readonly url: URL;
  /** What it printed to standard error so far. */
  readonly errors: () => string;
  /** Ends it with SIGTERM. @returns its exit code */
  readonly stop: () => Promise<number | null>;
}

/** Starts `ringwire web`, on a free port unless the arguments name one. */
export async function startWeb(args: readonly string[]): Promise<RunningWeb> {
  const server = start(['web', ...(args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0']), ...args]);
  let errors = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const url = new URL((await printed(server.stdout, '\n')).trim());
  const stop = async () => {
    server.kill('SIGTERM');
    return (await finished(server)).code;
  };
  return { url, errors: () => errors, stop };
}
