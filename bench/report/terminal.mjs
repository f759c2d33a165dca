// @ts-check
import Table from 'cli-table3';
import colors from 'picocolors';
import { tablesOf } from './tables.mjs';

/** @param {import('../results.mjs').Results} results @param {string} name of a suite @returns {string} */
export function terminalText(results, name) {
  const parts = tablesOf(results, name).map(({ title, head, rows }) => {
    const table = new Table({ head: head.map((cell) => colors.dim(cell)), style: { head: [], border: [] } });
    for (const row of rows) table.push(row.map(colored));
    return `${colors.bold(`${name}: ${title}`)}\n${table.toString()}\n`;
  });
  return parts.join('\n');
}

/** Where both sides run, in one line. @param {import('../topology.mjs').Places} places */
export function placesText({ cores, relation, oneWayNanos, pinned }) {
  const time = oneWayNanos === null ? 'an unknown time' : `${oneWayNanos.toFixed(0)} ns one way`;
  if (cores === null) return 'both sides share one core';
  const how = pinned === null ? 'not pinned' : 'pinned';
  return `writer on core ${cores[0]}, reader on core ${cores[1]}, ${how}; ${relation}; a word takes ${time}`;
}

/** @param {string} text */
function colored(text) {
  if (text === 'met') return colors.green(text);
  return text === 'not met' ? colors.red(text) : text;
}
