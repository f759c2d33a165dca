/** Structs that a JavaScript module exports. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { RingwireError } from '../platform/index.js';
import { Struct } from '../structs/index.js';

/**
 * Executes a module and returns the structs that it exports, at least one.
 * @throws RingwireError `INVALID_ARGUMENT`
 */
export async function structsOf(module: string): Promise<Struct<unknown>[]> {
  let exported: Record<string, unknown>;
  try {
    exported = await import(pathToFileURL(path.resolve(module)).href);
  } catch (cause) {
    throw new RingwireError('INVALID_ARGUMENT', `cannot load ${module}: ${(cause as Error).message}`, {
      cause,
    });
  }
  const structs = [...new Set(Object.values(exported))].filter((value) => value instanceof Struct);
  if (structs.length > 0) return structs as Struct<unknown>[];
  throw new RingwireError('INVALID_ARGUMENT', `${module} exports no struct: export what struct() returns`);
}
