/** Keys of a terminal: the bytes that it sends, as names. */

/** Sequences of xterm and of the Linux console. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\u001b', 'escape'],
  ['\u007f', 'backspace'],
  ['\b', 'backspace'],
  ['\u0003', 'ctrl-c'],
  ['\u001a', 'ctrl-z'],
  ['\u001b[A', 'up'],
  ['\u001bOA', 'up'],
  ['\u001b[B', 'down'],
  ['\u001bOB', 'down'],
  ['\u001b[5~', 'page-up'],
  ['\u001b[6~', 'page-down'],
  ['\u001b[H', 'home'],
  ['\u001bOH', 'home'],
  ['\u001b[1~', 'home'],
  ['\u001b[F', 'end'],
  ['\u001bOF', 'end'],
  ['\u001b[4~', 'end'],
]);
/** An escape sequence, or one character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with the control character ESC.
const KEY = /\u001b(?:\[[\d;]*[A-Za-z~]|O[A-Za-z])|[\s\S]/gu;

/** The keys in a piece of input, in their order: a name such as `up` or `enter`, otherwise the character itself. */
export function keysIn(text: string): string[] {
  return (text.match(KEY) ?? []).map((key) => NAMES.get(key) ?? key);
}

/** Whether a key is a character that can be typed into a text. */
export function isCharacter(key: string): boolean {
  return [...key].length === 1 && !/\p{C}/u.test(key);
}

/** Lines that a key moves by on a screen of `page` lines; null for a key that does not move. */
export function stepOf(key: string, page: number): number | null {
  switch (key) {
    case 'down':
    case 'j':
      return 1;
    case 'up':
    case 'k':
      return -1;
    case 'page-down':
    case ' ':
      return page;
    case 'page-up':
    case 'b':
      return -page;
    case 'home':
    case 'g':
      return Number.NEGATIVE_INFINITY;
    case 'end':
    case 'G':
      return Number.MAX_SAFE_INTEGER;
    default:
      return null;
  }
}
