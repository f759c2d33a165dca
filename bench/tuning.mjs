// @ts-check
/** A small search for the parameters with which the C programs are fastest. The best is "C" in all ratios. */

/**
 * `pause`: pause instructions of a spinning side between two attempts; `batch`: records that one ordered store publishes.
 * @typedef {{ pause: number, batch: number }} Tuning
 */
/** @typedef {Tuning & { tried: { pause: number, batch: number, score: number }[] }} Tuned */

/**
 * Runs each combination `times` times and returns the best.
 * @param {{ pauses: readonly number[], batches: readonly number[], times: number }} space
 * @param {(tuning: Tuning) => Promise<number>} score more is better
 * @returns {Promise<Tuned>}
 */
export async function tune({ pauses, batches, times }, score) {
  const tried = batches.flatMap((batch) =>
    pauses.map((pause) => ({ pause, batch, score: Number.NEGATIVE_INFINITY })),
  );
  for (let time = 0; time < times; time++)
    for (const one of tried) one.score = Math.max(one.score, await score(one));
  const best = tried.reduce((a, b) => (b.score > a.score ? b : a));
  return { pause: best.pause, batch: best.batch, tried };
}
