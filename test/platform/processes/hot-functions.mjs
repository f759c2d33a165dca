// Compiles one function that publishes, after calls as in a hot loop. With --print-opt-code node prints its code.
// Arguments: class, method, a folder for the channel.
import { RingWriter, ShmWriter } from '../../../dist/index.js';
import { publishI32 } from '../../../dist/platform/index.js';
import { exclusivePublication } from './hot-aeron.mjs';

const [type, method, root] = process.argv.slice(2);
const CALLS = 20_000;

class Wrong {
  #words = new Int32Array(1024);

  /** Publishes, and stores the payload afterwards. */
  publishFirst(at) {
    const words = this.#words;
    words[at + 1] = 1;
    publishI32(words, at, 2);
    words[at + 2] = at;
    return at;
  }
}

const options = {
  channelId: 7,
  writerId: 1,
  capacity: 2 ** 22,
  maxMessageLength: 1024,
  timeout: 60,
  tickUnit: 3,
};
const aeron = type === 'ExclusivePublication' ? await exclusivePublication(root) : null;
const target =
  aeron?.publication ??
  (type === 'Wrong' ? new Wrong() : (type === 'RingWriter' ? RingWriter : ShmWriter).create(root, options));
const record = Buffer.alloc(64, 7);
const batch = [Buffer.alloc(64, 1), Buffer.alloc(64, 2)];
/** Not named as the method: its own stores are not those of a publication. */
function stageTwo() {
  target.discard();
  target.stage(64);
  target.stage(64);
  return [];
}

const args = {
  tryWrite: () => [record],
  commit: () => {
    target.tryClaim(64);
    return [];
  },
  publish: stageTwo,
  offer: () => [record],
  tryWriteBatch: () => [batch],
  writeBatch: () => [batch],
  publishFirst: (i) => [i % 1000],
};

const compiled = Object.getPrototypeOf(target)[method];
const native = (name) => new Function('method', `%${name}(method)`);
native('PrepareFunctionForOptimization')(compiled);
for (let i = 0; i < CALLS; i++) Reflect.apply(compiled, target, args[method](i));
native('OptimizeFunctionOnNextCall')(compiled);
// A new function: the loop above may itself be compiled, with the method in it.
new Function('method', 'target', 'args', 'method.apply(target, args)')(compiled, target, args[method](0));
aeron?.close();
