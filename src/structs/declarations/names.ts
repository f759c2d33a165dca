/** Names in the declarations of other languages, and the nested structs of a struct. */
import type { FieldKind } from '../field-type.js';

type StructKind = Extract<FieldKind, { kind: 'struct' }>;

/** Converts `sentAt` to `SENT_AT`. */
export function constantName(name: string): string {
  return name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

/** Lists the nested structs of a struct, each once, dependencies first. */
export function nestedStructs(kind: FieldKind): StructKind[] {
  const found = new Map<string, StructKind>();
  const visit = (type: FieldKind, outermost: boolean) => {
    if (type.kind === 'array') visit(type.element, false);
    if (type.kind !== 'struct') return;
    for (const { field } of type.fields) visit(field, false);
    if (!outermost && !found.has(type.name)) found.set(type.name, type);
  };
  visit(kind, true);
  return [...found.values()];
}
