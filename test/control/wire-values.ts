/** The notation of the vectors for values that JSON lacks. */

/** A value of a vector as our codec takes and gives it. */
export function fromVector(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromVector);
  if (value === null || typeof value !== 'object') return value;
  const object = value as Record<string, unknown>;
  if (typeof object['$bin'] === 'string') return Buffer.from(object['$bin'], 'hex');
  if (Array.isArray(object['$bin_repeat'])) {
    const [byte, count] = object['$bin_repeat'] as [string, number];
    return Buffer.alloc(count, Number.parseInt(byte, 16));
  }
  if (typeof object['$int'] === 'string') return BigInt(object['$int']);
  return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key, fromVector(inner)]));
}

/** The same for comparison: every integer a bigint, every bytes a hex text, missing lists and keys as the zero value. */
export function normal(value: unknown): unknown {
  if (typeof value === 'number') return BigInt(value);
  if (value instanceof Uint8Array) return `hex ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return value.map(normal);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value)
    .filter(([key, inner]) => !isOmitted(key, inner))
    .map(([key, inner]) => [key, normal(inner)]);
  return Object.fromEntries(entries);
}

/** Keys that are left out on the wire appear in the vectors with their zero value. */
function isOmitted(key: string, value: unknown): boolean {
  const zero = value === 0 || value === 0n || value === null || value === undefined;
  return (key === 'sn' || key === 'ln' || key === 'types') && zero;
}
