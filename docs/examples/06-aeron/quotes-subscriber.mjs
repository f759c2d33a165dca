// Prints prices until the publisher is gone: node quotes-subscriber.mjs DIRECTORY
import { json } from 'ringwire';
import { Aeron, TypedSubscription } from 'ringwire/aeron';

const aeron = await Aeron.connect({ directory: process.argv[2] });
const gone = new AbortController();
const subscription = await aeron.addSubscription('aeron:ipc', 1007, {
  // The driver says so when everything was read.
  onUnavailableImage: () => gone.abort(),
});
const quotes = new TypedSubscription(subscription, json());
for await (const { value, header } of quotes.messages({ signal: gone.signal })) {
  console.log(`${value.symbol} at ${value.price}, up to position ${header.position}`);
}
aeron.close();
