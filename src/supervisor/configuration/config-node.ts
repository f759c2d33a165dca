/** A value of a YAML file that knows its key and line, so that every error names them. */
import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from 'yaml';
import { parseBytes, parseMilliseconds, reasonOf } from '../../platform/index.js';
import { LONGEST_DURATION_MS } from '../process/process-spec.js';
import { SupervisorError } from '../supervisor-error.js';
import { expandVariables } from './expand-variables.js';

/** The file that a value comes from. */
export interface ConfigSource {
  readonly file: string;
  readonly lines: LineCounter;
  /** Resolves aliases. */
  readonly document: Document;
  /** Values of `${VAR}`. */
  readonly environment: NodeJS.ProcessEnv;
  /** Called with each key that has no effect. */
  readonly ignore: (what: string) => void;
}

const MERGE = '<<';

/** One value: read as the type that its key asks for. */
export class ConfigNode {
  readonly #source: ConfigSource;
  readonly #key: string;
  readonly #node: Node | null;
  readonly #line: number;

  constructor(source: ConfigSource, key: string, node: Node | null, line: number) {
    this.#source = source;
    this.#key = key;
    const start = node?.range?.[0];
    this.#line = start === undefined ? line : source.lines.linePos(start).line;
    this.#node = isAlias(node) ? (node.resolve(source.document) ?? null) : node;
  }

  /** @throws SupervisorError `INVALID_CONFIGURATION` with file, line and key */
  fail(reason: string): never {
    throw new SupervisorError('INVALID_CONFIGURATION', `${this.#place()}: ${reason}`);
  }

  /** Reports that this key has no effect. @param what added to the key, such as the value that has none */
  ignore(what = ''): void {
    this.#source.ignore(`${this.#key}${what}`);
  }

  /** The values of a map, merged maps (`<<`) included. Unknown keys have no effect, as in the original. */
  map(known: readonly string[] | 'any'): Map<string, ConfigNode> {
    const values = new Map<string, ConfigNode>();
    if (this.#isEmpty()) return values;
    for (const [name, value, line] of this.#pairs(0)) {
      const path = this.#key === '' ? name : `${this.#key}.${name}`;
      const child = new ConfigNode(this.#source, path, value, line);
      if (known === 'any' || known.includes(name)) values.set(name, child);
      else if (!name.startsWith('x-')) child.ignore(` (line ${line})`);
    }
    return values;
  }

  list(): ConfigNode[] {
    if (this.#isEmpty()) return [];
    if (!isSeq(this.#node)) return this.fail('must be a list');
    return this.#node.items.map(
      (item, i) => new ConfigNode(this.#source, `${this.#key}[${i}]`, item as Node, this.#line),
    );
  }

  /** The text of the file: `24.10`, `0012` and `0x1F` stay as they are. Empty for null. */
  text(): string {
    if (this.#isEmpty()) return '';
    if (!isScalar(this.#node)) return this.fail('must be a text');
    const { value, source, type } = this.#node;
    const text = type === 'PLAIN' && typeof value !== 'string' ? (source ?? String(value)) : String(value);
    return this.#parse(text, (raw) => expandVariables(raw, this.#source.environment));
  }

  /** The text, or undefined when it is empty: the original treats both alike. */
  optionalText(): string | undefined {
    return this.text() || undefined;
  }

  /** A number in a range. */
  number(least = 0, most = Number.MAX_SAFE_INTEGER): number {
    const text = this.text().trim();
    const value = text === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value >= least && value <= most) return value;
    return this.fail(`must be a number from ${least} to ${most}, not '${text}'`);
  }

  /** A whole number in a range. */
  whole(least = 0, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.number(least, most);
    return Number.isInteger(value) ? value : this.fail(`must be a whole number, not ${value}`);
  }

  boolean(): boolean {
    const text = this.text();
    return text === 'true' || (text === 'false' ? false : this.fail(`must be true or false, not '${text}'`));
  }

  /** Whole milliseconds, rounded up; undefined when it is empty. */
  duration(): number | undefined {
    const text = this.optionalText();
    return text === undefined
      ? undefined
      : this.#parse(text, (given) => parseMilliseconds(given, LONGEST_DURATION_MS));
  }

  /** Bytes; undefined when it is empty. */
  size(): number | undefined {
    const text = this.optionalText();
    return text === undefined ? undefined : this.#parse(text, parseBytes);
  }

  /** One of the texts; undefined when it is empty. */
  oneOf<T extends string>(allowed: readonly T[]): T | undefined {
    const text = this.optionalText();
    if (text === undefined) return undefined;
    return (
      allowed.find((value) => value === text) ??
      this.fail(`must be one of ${allowed.join(', ')}, not '${text}'`)
    );
  }

  /** Keys, values and lines; a key of the map itself wins over a merged one. */
  #pairs(depth: number): [string, Node | null, number][] {
    const map = this.#node;
    if (!isMap(map) || depth > 16) return this.fail('must be a map');
    const found = new Map<string, [string, Node | null, number]>();
    const merged: [string, Node | null, number][] = [];
    for (const { key, value } of map.items as Pair<Node, Node | null>[]) {
      const name = isScalar(key) ? (key.source ?? String(key.value)) : '?';
      const { line } = this.#source.lines.linePos(key.range?.[0] ?? 0);
      if (name === MERGE) merged.push(...this.#merged(value, line, depth));
      else found.set(name, [name, value, line]);
    }
    for (const pair of merged) if (!found.has(pair[0])) found.set(pair[0], pair);
    return [...found.values()];
  }

  /** The pairs of a merged map, or of a list of maps, in which earlier ones win. */
  #merged(value: Node | null, line: number, depth: number): [string, Node | null, number][] {
    const source = new ConfigNode(this.#source, `${this.#key}.${MERGE}`, value, line);
    const maps = isSeq(source.#node) ? source.list() : [source];
    return maps.flatMap((map) => map.#pairs(depth + 1));
  }

  #parse<T>(text: string, parse: (text: string) => T): T {
    try {
      return parse(text);
    } catch (error) {
      return this.fail(reasonOf(error));
    }
  }

  #place(): string {
    return `${this.#source.file}:${this.#line}: ${this.#key}`;
  }

  #isEmpty(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }
}
