// Publishes a few messages: node publisher.mjs DIRECTORY COUNT
import { Aeron, OfferResult } from 'ringwire/aeron';

const [directory, count = '3'] = process.argv.slice(2);
const aeron = await Aeron.connect({ directory });
const publication = await aeron.addPublication('aeron:ipc', 1001);
for (let n = 1; n <= Number(count); ) {
  const result = publication.offer(Buffer.from(`message ${n}`));
  if (result > 0) n++;
  else if (result === OfferResult.Closed) throw new Error('the driver is gone');
  else await new Promise(setImmediate);
}
publication.close();
aeron.close();
