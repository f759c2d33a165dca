/** `${VAR}` and `${VAR:-default}` in values of a configuration; `$$` is a dollar sign. */

const REFERENCE = /\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})/g;

/**
 * Replaces the variables in a text. An empty variable with a default counts as unset.
 * @throws Error with the name of a variable that is not set and has no default
 */
export function expandVariables(text: string, environment: NodeJS.ProcessEnv): string {
  return text.replace(REFERENCE, (whole, name: string | undefined, fallback: string | undefined) => {
    if (whole === '$$') return '$';
    const value = environment[name as string];
    if (value !== undefined && (value !== '' || fallback === undefined)) return value;
    if (fallback !== undefined) return fallback;
    throw new Error(`the variable ${name} is not set and \${${name}} has no default`);
  });
}
