/** Records as text. The page shows all of it as text nodes. */
import type { RecordAnswer } from '../../api/answers.js';

/** How records are shown. */
export type RecordFormat = 'text' | 'json' | 'hex';

const ROW = 16;
/** What a format would hide or reorder: controls but newline and tab, and marks of direction. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The text of a record. */
export function recordText({ data }: RecordAnswer, format: RecordFormat): string {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  if (format === 'hex') return hexDump(bytes);
  const text = new TextDecoder().decode(bytes);
  return visible(format === 'json' ? indented(text) : text);
}

function visible(text: string): string {
  return text.replace(UNSEEN, (character) => (character === '\n' || character === '\t' ? character : '·'));
}

/** Indented JSON; a text that is not JSON stays as it is. */
function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function hexDump(bytes: Uint8Array): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW) {
    const row = [...bytes.subarray(at, at + ROW)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const letters = row
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
      .join('');
    rows.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(ROW * 3)} ${letters}`);
  }
  return rows.join('\n');
}
