/** Patterns of channel names: `*` is any text, `?` any character, `[a-z]` one of these, `[!a-z]` none of these. */

/** Whether a text contains characters of a pattern. No name of a channel does. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

/** Whether the whole of `name` matches the pattern. A bracket without its end matches nothing. */
export function matchesGlob(name: string, glob: string): boolean {
  const source = glob.replace(/\[(!?)([^\]]*)\]|[\s\S]/g, (part, not: string, set: string | undefined) => {
    if (set !== undefined) return `[${not === '' ? '' : '^'}${set.replace(/[\\^[]/g, '\\$&')}]`;
    if (part === '*') return '.*';
    return part === '?' ? '.' : part.replace(/[^\w-]/, '\\$&');
  });
  return patternOf(source)?.test(name) ?? false;
}

/** @returns null for an invalid range such as `[z-a]`, which contains no character */
function patternOf(source: string): RegExp | null {
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    return null;
  }
}
