/** Text in the columns of a terminal: its width, cut with `…`, and wrapped. */
import stringWidth from 'string-width';

const ASCII = /^[\x20-\x7e]*$/;

/** Number of columns of a text without control characters: 2 for a wide character, 0 for a combining one. */
export function widthOf(text: string): number {
  return ASCII.test(text) ? text.length : stringWidth(text);
}

/** The text, or as much of it as fits into `width` columns with `…` at the end. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return '';
  if (ASCII.test(text)) return `${text.slice(0, width - 1)}…`;
  let left = width - 1;
  let cut = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    cut += segment;
  }
  return `${cut}…`;
}

/** The lines of a text of at most `width` columns: broken at blanks, and inside words that are longer. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(/ +/)) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (widthOf(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    while (widthOf(word) > width && width > 0) {
      const piece = cutTo(word, width + 1).slice(0, -1) || [...word].slice(0, 1).join('');
      lines.push(piece);
      word = word.slice(piece.length);
    }
    line = word;
  }
  return [...lines, line];
}
