/** A value of a YAML file that knows its key and line, so that every complaint names them. */
import { isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import { SupervisorError } from '../supervisor-error.js';
import { expandVariables } from './expand-variables.js';
import { parseDuration, parseSize } from './quantities.js';

export interface ConfigSource {
  readonly file: string;
  readonly lines: LineCounter;
  readonly environment: NodeJS.ProcessEnv;
}

export class ConfigNode {
  readonly #source: ConfigSource;
  readonly #key: string;
  readonly #node: Node | null;
  readonly #line: number;

  constructor(source: ConfigSource, key: string, node: Node | null, line: number) {
    this.#source = source;
    this.#key = key;
    this.#node = node;
    const start = node?.range?.[0];
    this.#line = start === undefined ? line : source.lines.linePos(start).line;
  }

  fail(reason: string): never {
    const { file } = this.#source;
    throw new SupervisorError('INVALID_CONFIGURATION', `${file}:${this.#line}: ${this.#key}: ${reason}`);
  }

  /** The values of a map; keys that are not `known` are refused, at their own line. */
  map(known: readonly string[]): Map<string, ConfigNode> {
    const values = new Map<string, ConfigNode>();
    if (this.#isEmpty()) return values;
    if (!isMap(this.#node)) return this.fail('must be a map');
    for (const { key, value } of this.#node.items) {
      const name = isScalar(key) ? String(key.value) : '?';
      const start = (key as Node).range?.[0] ?? 0;
      const { line } = this.#source.lines.linePos(start);
      const path = this.#key === '' ? name : `${this.#key}.${name}`;
      const child = new ConfigNode(this.#source, path, value as Node | null, line);
      if (!known.includes(name) && !known.includes('*')) {
        child.fail(`unknown key; there are ${known.join(', ')}`);
      }
      values.set(name, child);
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

  text(): string {
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      return this.fail('must be a text');
    }
    try {
      return expandVariables(String(value), this.#source.environment);
    } catch (error) {
      return this.fail((error as Error).message);
    }
  }

  number(least = 0, most = Number.MAX_SAFE_INTEGER): number {
    const value = Number(this.text());
    if (Number.isFinite(value) && value >= least && value <= most) return value;
    return this.fail(`must be a number from ${least} to ${most}`);
  }

  whole(least = 0, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.number(least, most);
    return Number.isInteger(value) ? value : this.fail('must be a whole number');
  }

  boolean(): boolean {
    const text = this.text();
    return text === 'true' || (text === 'false' ? false : this.fail('must be true or false'));
  }

  /** Milliseconds. */
  duration(): number {
    return parseDuration(this.text()) ?? this.fail('must be a duration such as 1500ms, 10s or 1m30s');
  }

  /** Bytes. */
  size(): number {
    return parseSize(this.text()) ?? this.fail('must be a size such as 1048576, 64MiB or 1GB');
  }

  oneOf<T extends string>(allowed: readonly T[]): T {
    const text = this.text();
    const found = allowed.find((value) => value === text);
    return found ?? this.fail(`must be ${allowed.join(', ')}, not ${text}`);
  }

  #isEmpty(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }
}
