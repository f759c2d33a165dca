/** The rule for process ids. Ids become file names, so each id is checked wherever it comes from. */

const ID_PATTERN = /^[A-Za-z0-9_-]{1,128}$/;

/** What an id must consist of, as the end of a sentence. */
export const ID_RULE = 'must consist of 1 to 128 letters, digits, _ and -';

/** Whether a value is a valid process id. */
export function isProcessId(value: unknown): value is string {
  return typeof value === 'string' && ID_PATTERN.test(value);
}
