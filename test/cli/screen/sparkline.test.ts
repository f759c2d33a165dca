import { expect, test } from 'vitest';
import { sparkline } from '../../../src/cli/rendering/sparkline.js';

test('a sparkline ranges from the least to the largest value', () => {
  expect(sparkline([0, 7, 14])).toBe('▁▅█');
  expect(sparkline([5, 5])).toBe('▁▁');
  expect(sparkline([])).toBe('');
});
