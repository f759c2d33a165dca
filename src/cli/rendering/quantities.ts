/** Numbers for people. Bytes count in powers of 1000 for payloads and rates, of 1024 for sizes of files. */

const THIN = /\B(?=(\d{3})+(?!\d))/g;

/** `1234567` as `1,234,567`. */
export function count(value: number | bigint): string {
  return String(value).replace(THIN, ',');
}

/** `3 files`, `1 file`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `12,345`, from a million on `1.23 M`: a count of at most 8 columns up to 2^53. */
export function shortCount(value: number): string {
  return value < 1_000_000 ? count(Math.round(value)) : scaled(value, 1000, ['', 'k', 'M', 'G', 'T']);
}

/** `64 MiB`. */
export function size(bytes: number): string {
  return scaled(bytes, 1024, ['bytes', 'KiB', 'MiB', 'GiB']);
}

/** `64 MB`. */
export function bytes(value: number): string {
  return scaled(value, 1000, ['bytes', 'kB', 'MB', 'GB', 'TB']);
}

/** `3.2 M records/s` from a number per second. */
export function rate(perSecond: number, noun: string): string {
  return `${scaled(perSecond, 1000, ['', 'k', 'M', 'G'])} ${noun}/s`.replace('  ', ' ');
}

/** `12 µs`, `3.4 ms`, `2.1 s` from milliseconds. */
export function duration(millis: number): string {
  if (millis < 1) return `${significant(millis * 1000)} µs`;
  return millis < 1000 ? `${significant(millis)} ms` : `${significant(millis / 1000)} s`;
}

/** `40s`, `12m`, `5h`, `3d` from milliseconds: an age in at most four characters, cut off below its unit. */
export function age(millis: number): string {
  const seconds = Math.floor(millis / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

/** `0.4 %`, `57 %` from a share of 0 to 1. Only 1 is 100 %. */
export function percent(share: number): string {
  const bounded = Math.min(Math.max(share, 0), 1);
  const shown = bounded > 0 && bounded < 0.1 ? (bounded * 100).toFixed(1) : String(Math.floor(bounded * 100));
  return `${shown} %`;
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let scale = 0;
  let rest = value;
  while (rest >= base && scale < units.length - 1) {
    rest /= base;
    scale++;
  }
  return `${significant(rest)} ${units[scale]}`.trimEnd();
}

function significant(value: number): string {
  if (Number.isInteger(value) || value >= 100) return String(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
