// Answers each request with the sum of its two numbers: node replier.mjs FOLDER
import { DoorbellIdle, ShmReader, ShmWriter, TickUnit } from 'ringwire';
import { decodeRequest, encodeReply, REPLIES, REPLY_LENGTH, REQUESTS } from './layouts.mjs';

const [folder = '/tmp/ringwire-request-reply'] = process.argv.slice(2);

const replies = ShmWriter.create(folder, {
  writerId: process.pid,
  channelId: REPLIES,
  capacity: 1 << 20,
  maxMessageLength: 100,
  timeout: 10,
  tickUnit: TickUnit.Secs,
});
const requests = await ShmReader.waitFor(folder, REQUESTS, { timeoutMs: 10_000 });
const idle = new DoorbellIdle(requests);

while (requests.endReason === null) {
  const answered = requests.poll((buffer, offset) => {
    const { id, a, b } = decodeRequest(buffer, offset);
    const claimed = replies.tryClaim(REPLY_LENGTH);
    if (claimed < 0) throw new Error(`no space for the reply to ${id}: ${claimed}`);
    encodeReply({ id, sum: BigInt.asUintN(64, a + b) }, replies.buffer, claimed);
    replies.commit();
  });
  idle.idle(answered);
}
requests.close();
replies.close();
