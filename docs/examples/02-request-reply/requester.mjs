// Sends a few additions and prints the answers: node requester.mjs FOLDER [COUNT]
import { ShmReader, ShmWriter, TickUnit } from 'ringwire';
import { decodeReply, encodeRequest, REPLIES, REQUEST_LENGTH, REQUESTS } from './layouts.mjs';

const [folder = '/tmp/ringwire-request-reply', count = '10'] = process.argv.slice(2);

const requests = ShmWriter.create(folder, {
  writerId: process.pid,
  channelId: REQUESTS,
  capacity: 1 << 20,
  maxMessageLength: 100,
  timeout: 10,
  tickUnit: TickUnit.Secs,
});
const replies = await ShmReader.waitFor(folder, REPLIES, { timeoutMs: 10_000, timeout: 'final' });
const answers = replies.records();

for (let id = 1n; id <= BigInt(count); id++) {
  const request = { id, a: id * 10n, b: id * id };
  const claimed = requests.tryClaim(REQUEST_LENGTH);
  encodeRequest(request, requests.buffer, claimed);
  requests.commit();

  const { value: record, done } = await answers.next();
  if (done) throw replies.endReason;
  const reply = decodeReply(record);
  if (reply.id !== id) throw new Error(`the reply to ${id} has the id ${reply.id}`);
  console.log(`request ${id}: ${request.a} + ${request.b} = ${reply.sum}`);
}
requests.close();
replies.close();
