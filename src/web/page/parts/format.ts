/** Quantities as short texts. */

const WHOLE = new Intl.NumberFormat('en-US');
const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
/** What is unknown. */
export const UNKNOWN = '–';

/** A channel: `quotes (7)`, or `7` without a name. */
export function labelOf({ id, name }: { readonly id: string; readonly name: string | null }): string {
  return name === null ? id : `${name} (${id})`;
}

/** All digits: `1,234,567`. */
export function whole(value: number | null): string {
  return value === null ? UNKNOWN : WHOLE.format(value);
}

/** Three digits: `1.23M`. */
export function short(value: number | null): string {
  if (value === null) return UNKNOWN;
  return value > 0 && value < 1 ? value.toFixed(1) : SHORT.format(Math.round(value));
}

/** `1.5 MiB`. */
export function bytes(value: number | null): string {
  if (value === null) return UNKNOWN;
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${unit === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${UNITS[unit]}`;
}

/** `42 %`. */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return '<0.1 %';
  return `${share > 0 && share < 0.1 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`;
}

/** `250 ms`, `12 s`, `3 min`, `2 h 5 min`, `4 d 3 h`. */
export function duration(millis: number | null): string {
  if (millis === null) return UNKNOWN;
  if (millis < 1000) return `${Math.round(millis)} ms`;
  const seconds = Math.floor(millis / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** The local time: `14:03:59`. */
export function timeOfDay(millis: number): string {
  return new Date(millis).toLocaleTimeString('en-GB');
}
