/** Lines of pino for people, by the optional package pino-pretty. */
import { printNote } from '../../print.js';
import { coloursWanted } from '../../rendering/colours.js';

type JsonRecord = Readonly<Record<string, unknown>>;

/** The text of a line of pino without a newline; null for other records, and without the package. */
export type PinoPrinter = (record: JsonRecord) => string | null;

/** Loads pino-pretty. Without it the printer prints one note, at the first line of pino. */
export async function pinoPrinter(): Promise<PinoPrinter> {
  const pretty = await import('pino-pretty').then(
    ({ prettyFactory }) =>
      prettyFactory({ colorize: coloursWanted(process.stdout), translateTime: 'SYS:HH:MM:ss.l' }),
    () => null,
  );
  let noted = false;
  return (record) => {
    if (!isPinoLine(record)) return null;
    if (pretty !== null) return pretty(record).trimEnd();
    if (!noted)
      printNote('lines of pino are printed as JSON: install pino-pretty@13 to print them for people');
    noted = true;
    return null;
  };
}

function isPinoLine({ level, time }: JsonRecord): boolean {
  return typeof level === 'number' && (typeof time === 'number' || typeof time === 'string');
}
