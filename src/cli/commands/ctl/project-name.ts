/** Names made of the folder of a project. */
import path from 'node:path';

/** The name of a folder in letters, digits and `_.-`; `ringwire` where none is left. */
export function projectName(folder: string): string {
  const name = path.basename(folder).replace(/[^\w.-]+/g, '-');
  return name.replace(/^[-.]+|[-.]+$/g, '').slice(0, 40) || 'ringwire';
}
