export function lengthOf(number: number): number;
export function fillRecord(buffer: Buffer, offset: number, number: number): number;
export function problemWith(buffer: Buffer, offset: number, length: number, number: number): string | null;
