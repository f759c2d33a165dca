/** Reads the values of a configuration by its schema. Unknown keys have no effect, as in the original, and are named. */

import { type ConfigurationValues, configurationSchema } from './config-schema.js';
import { type ConfigPath, type ConfigTree, type ConfigValue, keyText } from './config-tree.js';

/** @throws SupervisorError `INVALID_CONFIGURATION` with file, line and key */
export function readValues(
  tree: ConfigTree,
  environment: NodeJS.ProcessEnv,
): { values: ConfigurationValues; ignored: string[] } {
  const schema = configurationSchema(environment);
  let result = schema.safeParse(tree.root);
  const ignored: string[] = [];
  for (const issue of result.error?.issues ?? []) {
    if (issue.code !== 'unrecognized_keys') continue;
    for (const key of issue.keys) ignored.push(...forget(tree, issue.path, key));
  }
  if (result.error?.issues.some(({ code }) => code === 'unrecognized_keys'))
    result = schema.safeParse(tree.root);
  if (result.success) return { values: result.data ?? {}, ignored };
  const { path, message } = result.error.issues[0] as { path: ConfigPath; message: string };
  if (tree.has(path)) tree.fail(path, message);
  const key = String(path.at(-1));
  return tree.fail(path.slice(0, -1), `${key} is required`);
}

/** Removes an unknown key. Keys that begin with `x-` are the user's own. @returns its name, for a report */
function forget(tree: ConfigTree, path: ConfigPath, key: string): string[] {
  const line = tree.lineOf([...path, key]);
  let value: ConfigValue | undefined = tree.root;
  for (const step of path) value = (value as { [key: PropertyKey]: ConfigValue } | undefined)?.[step];
  // An alias leads to a map that the first mention has already cleaned.
  if (value !== null && typeof value === 'object') delete (value as { [key: string]: ConfigValue })[key];
  return key.startsWith('x-') ? [] : [`${keyText([...path, key])} (line ${line})`];
}
