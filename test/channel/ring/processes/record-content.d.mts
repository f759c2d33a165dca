export function lengthOf(sequence: number, most: number): number;
export function fill(
  words: Int32Array,
  bytes: Uint8Array,
  offset: number,
  length: number,
  sequence: number,
): void;
export function check(
  words: Int32Array,
  bytes: Uint8Array,
  offset: number,
  length: number,
  sequence: number,
  most: number,
): string | null;
