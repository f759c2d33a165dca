/**
 * Makes text of other processes safe for a terminal: control characters, which could control it, become dots. The
 * printing layer (print.ts, report-error.ts, full-screen.ts, progress.ts) passes all text through this module. Color codes
 * of commands carry a random mark of this process, so that they differ from codes in foreign text.
 */
import { randomInt } from 'node:crypto';

const DOT = '·';
const CONTROL = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** Two more parameters of a color code, with the number of digits that programs which measure text take. */
const MARK = `${randomInt(1000, 10_000)};${randomInt(1000, 10_000)}`;
const OURS_OR_CONTROL = new RegExp(`\\u001b\\[(\\d+);${MARK}m|${CONTROL.source}`, 'gu');
// biome-ignore lint/suspicious/noControlCharactersInRegex: color codes begin with the control character ESC.
const COLOR_CODE = /\u001b\[(\d+)m/g;
const MARKED = `\u001b[$1;${MARK}m`;
/** In JSON, written as `\uXXXX`: DEL, C1 controls, line separators and marks that change the direction of text. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text of one line: newlines and tabs also become dots. */
export function printable(text: string): string {
  return text.replace(CONTROL, DOT);
}

/** Text of other processes: keeps newlines and tabs; all other control characters become dots. */
export function textForTerminal(text: string): string {
  return text.replace(CONTROL, (character) => (isLayout(character) ? character : DOT));
}

/** Text of commands: like {@link textForTerminal}, but colors of {@link marked} become color codes. */
export function forTerminal(text: string): string {
  return text.replace(OURS_OR_CONTROL, (match: string, code: string | undefined) => {
    if (code !== undefined) return `\u001b[${code}m`;
    return isLayout(match) ? match : DOT;
  });
}

/** Wraps a function that colors text: its codes pass {@link forTerminal}, codes inside the text do not. */
export function marked(
  colour: (text: string) => string,
): (text: string | number | null | undefined) => string {
  return (text) => colour(withoutForeignCodes(String(text))).replace(COLOR_CODE, MARKED);
}

/** Escapes the characters of a JSON text that could control a terminal; the value stays the same. */
export function safeJson(json: string): string {
  return json.replace(UNSAFE_IN_JSON, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function withoutForeignCodes(text: string): string {
  return text.replace(OURS_OR_CONTROL, (match: string, code: string | undefined) =>
    code !== undefined || isLayout(match) ? match : DOT,
  );
}

function isLayout(character: string): boolean {
  return character === '\n' || character === '\t';
}
