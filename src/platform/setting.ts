/** Settings from the environment. */

/** The value of an environment variable; undefined when it is not set or empty. */
export function setting(name: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return environment[name] || undefined;
}
