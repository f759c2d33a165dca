/** The part of JSON Schema that docs/web-api.openapi.json uses. Stricter than the standard: an answer has no other fields. */

/** A schema. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

/** Where a value differs from its schema. */
export function unlike(
  value: unknown,
  schema: Schema,
  all: Readonly<Record<string, Schema>>,
  at = '$',
): string[] {
  const { $ref, type, anyOf, properties, required = [], items } = schema;
  if ($ref !== undefined) return unlike(value, all[$ref.split('/').at(-1) ?? ''] ?? {}, all, at);
  if (anyOf !== undefined)
    return anyOf.some((one) => unlike(value, one, all, at).length === 0) ? [] : [`${at}: none of anyOf`];
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${at}: ${value} is not in the enumeration`];
  if (schema.const !== undefined && schema.const !== value) return [`${at}: ${value} is not the constant`];
  if (type !== undefined && ![type].flat().some((name) => isOf(value, name)))
    return [`${at}: ${value} is no ${type}`];
  if (Array.isArray(value)) return value.flatMap((item, i) => unlike(item, items ?? {}, all, `${at}[${i}]`));
  if (properties === undefined || typeof value !== 'object' || value === null) return [];
  const fields = value as Record<string, unknown>;
  return [
    ...required.filter((name) => !(name in fields)).map((name) => `${at}.${name} is missing`),
    ...Object.entries(fields).flatMap(([name, field]) => {
      const described = properties[name];
      return described === undefined
        ? [`${at}.${name} is not described`]
        : unlike(field, described, all, `${at}.${name}`);
    }),
  ];
}

function isOf(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  return typeof value === type;
}
