// @ts-check

/** @param {readonly number[]} values */
export function median(values) {
  return percentile(values, 0.5);
}

/** The value at a share from 0 to 1 of the sorted values. @param {ArrayLike<number>} values @param {number} share */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  if (share === 0.5 && Number.isInteger(middle) && sorted.length > 1)
    return (at(sorted, middle - 1) + at(sorted, middle)) / 2;
  return at(sorted, Math.min(sorted.length - 1, Math.floor(sorted.length * share)));
}

/** @param {Float64Array} values @param {number} index */
function at(values, index) {
  return values[index] ?? Number.NaN;
}
