/** A screen of a terminal as an SVG picture. */

const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 19;
const MARGIN = 16;
const COLORS: Readonly<Record<string, string>> = {
  '31': '#ff958c',
  '32': '#6fd6a0',
  '33': '#f0c264',
  '36': '#73c0e0',
};

interface Style {
  color: string | null;
  bold: boolean;
  dim: boolean;
}

const PLAIN: Readonly<Style> = { color: null, bold: false, dim: false };

/** Draws lines with color codes, as `tmux capture-pane -e` prints them. */
export function terminalPicture(screen: string, title: string): string {
  const lines = screen.replace(/\s+$/, '').split('\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: color codes begin with the control character ESC.
  const columns = Math.max(...lines.map((line) => line.replace(/\u001b\[[\d;]*m/g, '').length));
  const width = Math.ceil(columns * CELL_WIDTH + 2 * MARGIN);
  const height = Math.ceil(lines.length * CELL_HEIGHT + 2 * MARGIN);
  let style: Style = { ...PLAIN };
  const texts = lines.flatMap((line, row) => {
    let column = 0;
    return line.split('\u001b[').flatMap((part, i) => {
      const text = i === 0 ? part : part.slice(part.indexOf('m') + 1);
      if (i > 0) style = after(style, part.slice(0, part.indexOf('m')));
      const at = column;
      column += text.length;
      const styled = style;
      return [...text.matchAll(/\S+/g)].map((word) => drawn(word[0], at + word.index, row, styled));
    });
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="9" fill="#0f1216"/>`,
    '<g font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="14" fill="#e6e9ee">',
    ...texts,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function drawn(word: string, column: number, row: number, { color, bold, dim }: Style): string {
  const x = (MARGIN + column * CELL_WIDTH).toFixed(1);
  const y = MARGIN + (row + 0.75) * CELL_HEIGHT;
  const attributes = [
    `x="${x}" y="${y}" textLength="${(word.length * CELL_WIDTH).toFixed(1)}"`,
    color === null ? '' : ` fill="${color}"`,
    bold ? ' font-weight="600"' : '',
    dim ? ' opacity="0.65"' : '',
  ];
  return `<text ${attributes.join('')}>${escaped(word)}</text>`;
}

function after(style: Style, codes: string): Style {
  const next = { ...style };
  for (const code of codes.split(';')) {
    if (code === '1') next.bold = true;
    else if (code === '2') next.dim = true;
    else if (code === '22') Object.assign(next, { bold: false, dim: false });
    else if (code === '39') next.color = null;
    else if (code === '0' || code === '') Object.assign(next, PLAIN);
    else next.color = COLORS[code] ?? next.color;
  }
  return next;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
