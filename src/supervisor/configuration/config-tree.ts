/**
 * The values of a YAML file as plain objects, lists and texts, with the line of each. A plain scalar keeps the text of
 * the file (`24.10`, `0012`, `0x1F`); null stays null. Aliases and merged maps (`<<`) are resolved.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import { SupervisorError } from '../supervisor-error.js';

/** A text of the file, null, or a container of values. */
export type ConfigValue = string | null | ConfigValue[] | { [key: string]: ConfigValue };

/** Where a value is: the keys and indexes that lead to it. */
export type ConfigPath = readonly PropertyKey[];

const MERGE = '<<';
/** Maps merged into each other, one inside the other. */
const MAX_MERGES = 16;

/** The parsed text of one file. */
export class ConfigTree {
  readonly root: ConfigValue;
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;
  /** By container: the line of each value. */
  readonly #linesOf = new WeakMap<object, Map<PropertyKey, number>>();
  /** One value for each node, so that aliases do not multiply it. */
  readonly #values = new Map<Node, ConfigValue>();

  /** @throws SupervisorError `INVALID_CONFIGURATION` with file and line when the text is not YAML */
  constructor(text: string, file: string) {
    this.#file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    const wrong = this.#document.errors[0];
    if (wrong !== undefined) this.#refuse(this.#lines.linePos(wrong.pos[0]).line, wrong.message);
    this.root = this.#valueOf(this.#document.contents as Node | null);
  }

  /** Whether the file has a value here. */
  has(path: ConfigPath): boolean {
    return this.#find(path).found;
  }

  /** The line of a value, or of the nearest container that exists. */
  lineOf(path: ConfigPath): number {
    return this.#find(path).line;
  }

  /** @throws SupervisorError `INVALID_CONFIGURATION` with file, line and key */
  fail(path: ConfigPath, reason: string): never {
    const key = keyText(path);
    return this.#refuse(this.lineOf(path), key === '' ? reason : `${key}: ${reason}`);
  }

  #refuse(line: number, reason: string): never {
    throw new SupervisorError('INVALID_CONFIGURATION', `${this.#file}:${line}: ${reason}`);
  }

  #find(path: ConfigPath): { found: boolean; line: number } {
    let value: ConfigValue | undefined = this.root;
    let line = 1;
    for (const key of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
        return { found: false, line };
      }
      line = this.#linesOf.get(value)?.get(String(key)) ?? line;
      value = (value as { [key: PropertyKey]: ConfigValue })[key];
    }
    return { found: true, line };
  }

  #valueOf(node: Node | null): ConfigValue {
    const target = isAlias(node) ? (node.resolve(this.#document) ?? null) : node;
    if (target === null) return null;
    const known = this.#values.get(target);
    if (known !== undefined) return known;
    if (isSeq(target)) return this.#list(target, target.items as Node[]);
    if (isMap(target)) return this.#map(target);
    return isScalar(target) ? scalarText(target) : null;
  }

  #list(node: Node, items: readonly Node[]): ConfigValue {
    const list: ConfigValue[] = [];
    const lines = new Map<PropertyKey, number>();
    this.#values.set(node, list);
    this.#linesOf.set(list, lines);
    for (const [i, item] of items.entries()) {
      lines.set(String(i), this.#lineOfNode(item));
      list.push(this.#valueOf(item));
    }
    return list;
  }

  #map(node: Node): ConfigValue {
    const map: { [key: string]: ConfigValue } = Object.create(null);
    const lines = new Map<PropertyKey, number>();
    this.#values.set(node, map);
    this.#linesOf.set(map, lines);
    for (const [name, value, line] of this.#pairs(node, 0)) {
      lines.set(name, value === null ? line : this.#lineOfNode(value));
      map[name] = this.#valueOf(value);
    }
    return map;
  }

  /** Keys, values and lines; a key of the map itself wins over a merged one. */
  #pairs(node: Node, depth: number): [string, Node | null, number][] {
    if (!isMap(node) || depth > MAX_MERGES)
      return this.#refuse(this.#lineOfNode(node), `${MERGE}: must be a map`);
    const found = new Map<string, [string, Node | null, number]>();
    const merged: [string, Node | null, number][] = [];
    for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
      const name = isScalar(key) ? (key.source ?? String(key.value)) : '?';
      if (name === MERGE) merged.push(...this.#merged(value, depth));
      else found.set(name, [name, value, this.#lineOfNode(key)]);
    }
    for (const pair of merged) if (!found.has(pair[0])) found.set(pair[0], pair);
    return [...found.values()];
  }

  /** The pairs of a merged map, or of a list of maps, in which earlier ones win. */
  #merged(value: Node | null, depth: number): [string, Node | null, number][] {
    const source = isAlias(value) ? (value.resolve(this.#document) ?? null) : value;
    if (source === null || (isScalar(source) && source.value === null)) return [];
    if (!isSeq(source)) return this.#pairs(source, depth + 1);
    return source.items.flatMap((item) => this.#merged(item as Node, depth + 1));
  }

  #lineOfNode(node: Node | null): number {
    return this.#lines.linePos(node?.range?.[0] ?? 0).line;
  }
}

/** A path as people write it: `groups[0].processes[1].id`. */
export function keyText(path: ConfigPath): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

function scalarText({
  value,
  source,
  type,
}: {
  value: unknown;
  source?: string;
  type?: string;
}): string | null {
  if (value === null) return null;
  return type === 'PLAIN' && typeof value !== 'string' ? (source ?? String(value)) : String(value);
}
