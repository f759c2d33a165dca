/** Durations and sizes as people write them. */

const MILLIS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const BYTES: Record<string, number> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/;
const SIZE = /^(\d+(?:\.\d+)?)\s*([KMG]i?B|B|)$/;

/** Milliseconds in `1500ms`, `1s`, `1m30s`; null for anything else. */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0;
  if (!DURATION.test(text)) return null;
  let millis = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    millis += Number(number) * (MILLIS[unit as string] as number);
  }
  return millis;
}

/** Bytes in `1048576`, `64MiB`, `1GB`; null for anything else. */
export function parseSize(text: string): number | null {
  const match = SIZE.exec(text);
  return match === null ? null : Math.round(Number(match[1]) * (BYTES[match[2] ?? ''] as number));
}
