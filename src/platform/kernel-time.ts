/** Times for system calls: `struct timespec` and `timeval` of Linux on 64-bit machines, two 64-bit words each. */

const NANOS_PER_MILLI = 1_000_000;
const MICROS_PER_MILLI = 1000;

/** Stores a `struct timespec`. `millis` is not negative. */
export function storeTimespec(target: Buffer, millis: number): void {
  store(target, millis, NANOS_PER_MILLI);
}

/** Stores a `struct timeval`. `millis` is not negative. */
export function storeTimeval(target: Buffer, millis: number): void {
  store(target, millis, MICROS_PER_MILLI);
}

function store(target: Buffer, millis: number, units: number): void {
  target.writeBigInt64LE(BigInt(Math.trunc(millis / 1000)), 0);
  target.writeBigInt64LE(BigInt(Math.trunc((millis % 1000) * units)), 8);
}
