// @ts-check
import Table from 'cli-table3';
import colours from 'picocolors';
import { sections } from './sections.mjs';

/** @param {any} report @returns {string} */
export function terminalText(report) {
  const parts = sections(report).map(({ title, head, rows }) => {
    const table = new Table({ head: head.map((name) => colours.dim(name)), style: { head: [], border: [] } });
    for (const row of rows) table.push(row.map(coloured));
    return `${colours.bold(title)}\n${table.toString()}\n`;
  });
  return parts.join('\n');
}

/** @param {string} text */
function coloured(text) {
  if (text === 'met') return colours.green(text);
  return text === 'not met' ? colours.red(text) : text;
}
