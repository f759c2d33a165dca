// Publishes prices as JSON: node quotes-publisher.mjs DIRECTORY COUNT
import { json } from 'ringwire';
import { Aeron, OfferResult, TypedPublication } from 'ringwire/aeron';

const [directory, count = '3'] = process.argv.slice(2);
const aeron = await Aeron.connect({ directory });
const quotes = new TypedPublication(await aeron.addPublication('aeron:ipc', 1007), json());
for (let n = 1; n <= Number(count); ) {
  const result = quotes.offer({ symbol: n % 2 ? 'GOLD' : 'TIN', price: 100 + n });
  if (result > 0) n++;
  else if (result === OfferResult.Closed) throw new Error('the driver is gone');
  else await new Promise(setImmediate);
}
quotes.close();
aeron.close();
