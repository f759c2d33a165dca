/** Records that are JSON objects, as those of the logger pino: their fields, and how people read them. */
import { safeJson, textForTerminal } from '../../rendering/printable.js';
import { type PinoPrinter, pinoPrinter } from './pino-lines.js';

/** A record that is a JSON object. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** How JSON records are printed. */
export interface JsonRecordOptions {
  readonly fields?: readonly string[];
  readonly pretty?: boolean;
}

/** The text of a record without a newline, or null for a record that is printed as it is. */
export type JsonRendering = (record: string) => string | null;

/** The object in a record, or null if it is something else. */
export function parseRecord(record: string): JsonRecord | null {
  if (!record.trimStart().startsWith('{')) return null;
  try {
    return JSON.parse(record) as JsonRecord;
  } catch {
    return null;
  }
}

/** The value of a field by its name, or by its path as `req.id`; undefined without it. */
export function fieldOf(record: JsonRecord, name: string): unknown {
  if (Object.hasOwn(record, name)) return record[name];
  let value: unknown = record;
  for (const key of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as JsonRecord)[key];
  }
  return value;
}

/**
 * The rendering for the options; null if they ask for none.
 * @param isRaw whether lines of pino keep their control characters, which could control a terminal
 */
export async function jsonRendering(
  { fields, pretty }: JsonRecordOptions,
  isRaw: boolean,
): Promise<JsonRendering | null> {
  if (fields === undefined && !pretty) return null;
  const printPino: PinoPrinter | null = pretty ? await pinoPrinter() : null;
  return (text) => {
    const record = parseRecord(text);
    if (record === null) return null;
    try {
      const chosen = fields === undefined ? record : chosenFields(record, fields);
      const line = printPino?.(isRaw ? chosen : withoutControls(chosen)) ?? null;
      return line ?? safeJson(JSON.stringify(chosen, null, pretty ? 2 : 0));
    } catch {
      // Nested too deeply, or values that pino-pretty cannot convert to text.
      return null;
    }
  };
}

function chosenFields(record: JsonRecord, fields: readonly string[]): JsonRecord {
  return Object.fromEntries(
    fields.map((name) => [name, fieldOf(record, name)]).filter(([, value]) => value !== undefined),
  );
}

function withoutControls<T>(value: T): T {
  if (typeof value === 'string') return textForTerminal(value) as T;
  if (Array.isArray(value)) return value.map(withoutControls) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [textForTerminal(key), withoutControls(inner)]);
  return Object.fromEntries(entries) as T;
}
