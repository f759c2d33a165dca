/**
 * The subject of a record: a text, a template with fields of the record, or what a function returns.
 *
 * A record may come from another party, so a field never adds a token, a wildcard or an empty token to a subject: each
 * character that could is replaced.
 */
import { type Codec, json } from '../../channel/index.js';
import { RingwireError } from '../../platform/index.js';

/** How the subject of each record is found. */
export interface RecordSubject {
  /**
   * Subject of the records. `{field}` stands for a field of the record, `{outer.inner}` for a field of a nested object:
   * `quotes.{symbol}`. In the value of a field, blanks, control characters and any of `.*>$` become `_`, and only the first
   * 100 characters count. A field that is missing, empty, or not a text, number or boolean is `_`, as are the fields of a
   * record that does not decode. Or a function that returns the subject of a record; it must not keep the bytes.
   */
  readonly subject: string | ((record: Uint8Array) => string);
  /** Decodes the records for the fields of `subject`, for example a struct. Default: JSON. */
  readonly codec?: Codec<unknown>;
}

const SUBJECT = /^[^\s.*>{}]+(?:\.[^\s.*>{}]+)*$/;
const FIELD = /\{([^{}\s*>]+)\}/g;
const UNSAFE = /[\s.*>$\p{C}]/gu;
const LONGEST_VALUE = 100;
const UNKNOWN = '_';

/**
 * Returns the function that finds the subject of a record.
 * @throws RingwireError `INVALID_ARGUMENT` for a text that is not a subject; the function throws it for another function's
 * result that is not a subject
 */
export function subjectOf({ subject, codec = json() }: RecordSubject): (record: Uint8Array) => string {
  if (typeof subject === 'function') return (record) => checked(subject(record));
  checked(subject.replaceAll(FIELD, UNKNOWN));
  const fields = [...subject.matchAll(FIELD)].map(([, name]) => (name as string).split('.'));
  if (fields.length === 0) return () => subject;
  const texts = subject.split(FIELD).filter((_, n) => n % 2 === 0);
  return (record) => {
    const value = decoded(codec, record);
    return texts
      .map((text, n) => (n === 0 ? text : tokenOf(value, fields[n - 1] as string[]) + text))
      .join('');
  };
}

/** The subjects that a text or template stands for, as a pattern: `quotes.*` for `quotes.{symbol}`. */
export function subjectPattern(subject: string): string {
  return subject
    .replaceAll(FIELD, '*')
    .split('.')
    .map((token) => (token.includes('*') ? '*' : token))
    .join('.');
}

function checked(subject: string): string {
  if (typeof subject === 'string' && SUBJECT.test(subject)) return subject;
  throw new RingwireError(
    'INVALID_ARGUMENT',
    `'${subject}' is not a subject to publish to: use tokens with dots between, without blanks, * and >; a field is {name}`,
  );
}

function decoded(codec: Codec<unknown>, record: Uint8Array): unknown {
  try {
    return codec.decode(Buffer.from(record.buffer, record.byteOffset, record.length), 0, record.length);
  } catch {
    return undefined;
  }
}

/** The value of a field, as a part of one token. */
function tokenOf(record: unknown, path: readonly string[]): string {
  let value = record;
  for (const name of path) {
    const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    value = isObject ? (value as Record<string, unknown>)[name] : undefined;
  }
  if (!['string', 'number', 'boolean', 'bigint'].includes(typeof value)) return UNKNOWN;
  return String(value).slice(0, LONGEST_VALUE).replace(UNSAFE, '_') || UNKNOWN;
}
