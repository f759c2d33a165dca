/**
 * Text from other processes, made safe for a terminal: control characters, which could steer it, become dots. The
 * printing layer (print.ts, report-error.ts, full-screen.ts, progress.ts) passes everything through here, so no command
 * can forget it. What commands color themselves carries a mark of this process, which no other process can know.
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

/** One line: also newlines and tabs become dots. */
export function printable(text: string): string {
  return text.replace(CONTROL, DOT);
}

/** Keeps newlines and tabs; colors that are not ours become dots. */
export function textForTerminal(text: string): string {
  return text.replace(CONTROL, (character) => (isLayout(character) ? character : DOT));
}

/** The same for text with colors of {@link marked}, which become color codes. */
export function forTerminal(text: string): string {
  return text.replace(OURS_OR_CONTROL, (match: string, code: string | undefined) => {
    if (code !== undefined) return `\u001b[${code}m`;
    return isLayout(match) ? match : DOT;
  });
}

/** A function that colors text, made one whose codes pass {@link forTerminal}; codes inside the text do not. */
export function marked(
  colour: (text: string) => string,
): (text: string | number | null | undefined) => string {
  return (text) => colour(withoutForeignCodes(String(text))).replace(COLOR_CODE, MARKED);
}

/** JSON text that no terminal obeys, with the same value. */
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
