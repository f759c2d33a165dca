/**
 * The kinds of values in a configuration: each reads the text of a scalar, and describes itself for the JSON Schema.
 * An empty text counts as no value where the original treats both alike.
 */
import * as z from 'zod/mini';
import { parseBytes, parseMilliseconds, reasonOf } from '../../platform/index.js';
import { ID_RULE, isProcessId } from '../specification/process-id.js';
import { LONGEST_DURATION_MS } from '../specification/process-spec.js';
import { expandVariables } from './expand-variables.js';

/** A JSON Schema, as a plain object. */
type JsonSchema = Record<string, unknown>;

/** Also accepts a text with a variable, whose value is unknown before it is replaced. */
const VARIABLE: JsonSchema = { type: 'string', pattern: '\\$\\{' };
/** Also accepts a number in quotes. */
const QUOTED: JsonSchema = { type: 'string', pattern: '^[0-9.]+$|\\$\\{' };
const EMPTY: JsonSchema = { enum: ['', null] };

/** Makes the readers of values. */
export class ConfigValues {
  readonly #environment: NodeJS.ProcessEnv;

  /** @param environment values of `${VAR}` */
  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  /** The text of the file; empty for null. */
  text() {
    return this.#scalar({ type: ['string', 'number', 'boolean', 'null'] }, (text) => text);
  }

  /** The text, or undefined when it is empty. */
  optionalText() {
    return this.#scalar({ type: ['string', 'number', 'boolean', 'null'] }, (text) => text || undefined);
  }

  /** The id of a process. */
  id() {
    const json = { type: ['string', 'integer'], pattern: '^[A-Za-z0-9_-]{1,128}$' };
    return this.#scalar({ anyOf: [json, VARIABLE] }, (text) => {
      if (isProcessId(text)) return text;
      throw new Error(ID_RULE);
    });
  }

  /** A number in a range. */
  number(least: number, most = Number.MAX_SAFE_INTEGER) {
    return this.#scalar({ anyOf: [{ type: 'number', minimum: least, maximum: most }, QUOTED] }, (text) =>
      numberIn(text, least, most),
    );
  }

  /** A whole number in a range. */
  whole(least: number, most = Number.MAX_SAFE_INTEGER) {
    return this.#scalar({ anyOf: [{ type: 'integer', minimum: least, maximum: most }, QUOTED] }, (text) => {
      const value = numberIn(text, least, most);
      if (Number.isInteger(value)) return value;
      throw new Error(`must be a whole number, not ${value}`);
    });
  }

  boolean() {
    return this.#scalar({ anyOf: [{ type: 'boolean' }, VARIABLE] }, (text) => {
      if (text === 'true' || text === 'false') return text === 'true';
      throw new Error(`must be true or false, not '${text}'`);
    });
  }

  /** Whole milliseconds, rounded up; undefined when it is empty. */
  duration() {
    const json = { type: ['string', 'number', 'null'], examples: ['500ms', '1.5s', '1m30s'] };
    return this.#scalar(json, (text) =>
      text === '' ? undefined : parseMilliseconds(text, LONGEST_DURATION_MS),
    );
  }

  /** Bytes; undefined when it is empty. */
  size() {
    const json = { type: ['string', 'integer', 'null'], examples: ['64K', '512MiB', '1GB'] };
    return this.#scalar(json, (text) => (text === '' ? undefined : parseBytes(text)));
  }

  /** One of the texts; undefined when it is empty. */
  oneOf<const T extends string>(allowed: readonly T[]) {
    return this.#scalar({ anyOf: [{ enum: allowed }, EMPTY, VARIABLE] }, (text) => {
      const found = allowed.find((value) => value === text);
      if (text === '' || found !== undefined) return found;
      throw new Error(`must be one of ${allowed.join(', ')}, not '${text}'`);
    });
  }

  /** A text that `read` turns into a value; undefined when it is empty. @param json its JSON Schema */
  parsed<T>(json: JsonSchema, read: (text: string) => T) {
    return this.#scalar({ anyOf: [json, EMPTY, VARIABLE] }, (text) => (text === '' ? undefined : read(text)));
  }

  #scalar<T>(json: JsonSchema, read: (text: string) => T) {
    const scalar = z.custom<string | null>(
      (value) => typeof value !== 'object' || value === null,
      'must be a text',
    );
    z.globalRegistry.add(scalar, json);
    return z.pipe(
      scalar,
      z.transform((raw, context) => {
        try {
          return read(expandVariables(raw ?? '', this.#environment));
        } catch (error) {
          context.issues.push({ code: 'custom', message: reasonOf(error), input: raw });
          return z.NEVER;
        }
      }),
    );
  }
}

/** A list; empty for null. */
export function list<T extends z.ZodMiniType>(item: T) {
  return z.nullable(z.array(item, 'must be a list'));
}

/** A map with these keys; empty for null. */
export function map<T extends z.core.$ZodShape>(shape: T) {
  return z.nullable(
    z.strictObject(shape, { error: ({ code }) => (code === 'invalid_type' ? 'must be a map' : undefined) }),
  );
}

/** Adds what editors show for a key. */
export function described<T extends z.ZodMiniType>(description: string, schema: T): T {
  z.globalRegistry.add(schema, { description });
  return schema;
}

function numberIn(text: string, least: number, most: number): number {
  const trimmed = text.trim();
  const value = trimmed === '' ? Number.NaN : Number(trimmed);
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new Error(`must be a number from ${least} to ${most}, not '${trimmed}'`);
}
