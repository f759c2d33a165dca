/** docs/observability.md lists each metric as it is defined. */
import { expect, test } from 'vitest';
import { METRICS } from '../../src/metrics/index.js';
import { read } from '../docs/documents.js';

test('docs/observability.md lists each metric with its type, unit, labels and meaning, in their order', () => {
  const page = read('docs/observability.md');
  const [, table = ''] = /<!-- metrics:begin -->\n([^<]*)<!-- metrics:end -->/.exec(page) ?? [];
  const rows = METRICS.map(({ name, type, unit, labels, help }) => {
    const marked = labels.map((label) => `\`${label}\``).join(' ') || '–';
    return `| \`${name}\` | ${type} | \`${unit}\` | ${marked} | ${help} |`;
  });
  expect(table.trim().split('\n').slice(2)).toEqual(rows);
});
