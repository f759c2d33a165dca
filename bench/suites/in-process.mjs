// @ts-check
/**
 * What each way of writing and reading costs alone, in one process: independent of how far two cores are apart. Each
 * way has processes of its own, in turn with the C program; the smallest round counts, because noise only adds.
 */
import { nodeProcess, runTogether } from '../children.mjs';

/** @typedef {import('../context.mjs').Context} Context */

/** The ways, and the operation of the C program that each is compared with. */
const WAYS = /** @type {const} */ ({
  tryWrite: 'write',
  claim: 'claim',
  staged: 'batch',
  writeBatch: 'batch',
  fresh: 'write',
  writeUtf8: null,
  writable: null,
  poll: 'poll',
  records: 'poll',
  batches: 'poll',
  readable: 'poll',
});
const KINDS = /** @type {const} */ (['ring', 'log']);
const LENGTH = 64;

/** @param {Context} context */
export async function measureInProcess(context) {
  const { rounds, repeats, count } = context.settings.inProcess;
  /** @type {Map<string, number>} */
  const least = new Map();
  const note = (/** @type {string} */ key, /** @type {number} */ nanos) =>
    void least.set(key, Math.min(least.get(key) ?? Number.POSITIVE_INFINITY, nanos));
  const ways = Object.keys(WAYS);
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const kind of KINDS) {
      context.progress(`${kind} in C, ${repeat + 1} of ${repeats}`);
      for (const [name, nanos] of Object.entries(await inC(context, kind))) note(`C ${kind} ${name}`, nanos);
      for (const name of [...(kind === 'ring' ? ['allocation'] : []), ...ways]) {
        context.progress(`${kind}, ${name}, ${repeat + 1} of ${repeats}`);
        const [{ nanos }] = await context.withFolder((root) =>
          runTogether(context.pair(nodeProcess('operation', { root, kind, name, rounds, count }))),
        );
        note(`${kind} ${name}`, nanos);
      }
    }
  }
  const figures = KINDS.flatMap((kind) =>
    ways.map((name) => {
      const against = WAYS[/** @type {keyof typeof WAYS} */ (name)];
      const native = against === null ? null : (least.get(`C ${kind} ${against}`) ?? null);
      return { kind, name, nanos: least.get(`${kind} ${name}`) ?? null, native };
    }),
  );
  return { length: LENGTH, rounds: rounds * repeats, allocation: least.get('ring allocation'), figures };
}

/** @param {Context} context @param {string} kind @returns {Promise<Record<string, number>>} nothing without the C program */
async function inC(context, kind) {
  const command = context.native('operations');
  if (command === null) return {};
  const { rounds, count } = context.settings.inProcess;
  const [result] = await context.withFolder((root) =>
    runTogether(context.pair({ command, args: [kind, root, ...[LENGTH, rounds, count].map(String)] })),
  );
  return result;
}
