// Beats to the target of the first argument, in a wire version; then tells what became of them. So many beats, and more
// until one in a hundred of these has been sent, or with `paced`, one each millisecond, until a message comes.
import { RingWriter, ShmWriter, TickUnit } from 'ringwire';
import { BeatOutcome, Status, VlpAgent } from 'ringwire/health';

const [, , target, count, wire, paced] = process.argv;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const beats = Number(count);

async function main() {
  const writer = await openChannel();
  const agent = VlpAgent.connect(writer === null ? target : { channel: writer }, {
    wireVersion: Number(wire),
    reconnectAfterDrops: 3,
  });
  const report = { sent: 0, dropped: 0, failed: 0, sum: 0, last: 0 };
  let wanted = Boolean(paced);
  if (paced) process.once('message', () => (wanted = false));
  let i = 1;
  for (; i <= beats || report.sent <= beats / 100 || wanted; i++) {
    let outcome = agent.beat(Status.Ok, i);
    // A ring that waits for its reader has room again soon: the beat is made once more.
    while (writer !== null && outcome === BeatOutcome.Dropped) {
      await turn();
      outcome = agent.beat(Status.Ok, i);
    }
    if (outcome === BeatOutcome.Sent) {
      report.sent++;
      report.sum += i;
      report.last = i;
    } else if (outcome === BeatOutcome.Dropped) report.dropped++;
    else report.failed++;
    if (paced) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  process.send({ ...report, beats: i - 1, sum: String(report.sum) });
  process.disconnect();
  agent.close();
}

async function openChannel() {
  const [, kind, root] = /^(log|ring):(.*)$/.exec(target) ?? [];
  if (kind === undefined) return null;
  const options = {
    writerId: 1,
    channelId: 1,
    maxMessageLength: 32,
    timeout: 2n ** 64n - 1n,
    tickUnit: TickUnit.Nanos,
  };
  const writer =
    kind === 'log'
      ? ShmWriter.create(root, { ...options, capacity: beats * 48 + 65_536 })
      : RingWriter.create(root, { ...options, capacity: 65_536, policy: 'back-pressure' });
  const begin = new Promise((resolve) => process.once('message', resolve));
  process.send('ready');
  await begin;
  return writer;
}

await main();
