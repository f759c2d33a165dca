import { expect, test } from 'vitest';
import { screenText } from '../../src/cli/commands/vlp/agents-screen.js';
import { sparkline } from '../../src/cli/rendering/sparkline.js';
import { type AgentState, Status } from '../../src/health/index.js';

test('a sparkline ranges from the least to the largest value', () => {
  expect(sparkline([0, 7, 14])).toBe('▁▅█');
  expect(sparkline([5, 5])).toBe('▁▁');
  expect(sparkline([])).toBe('');
});

test('agents with the worst status are listed first', () => {
  const agent = (pid: number, status: Status): AgentState => ({
    pid,
    status,
    source: 'socket',
    address: null,
    payload: 7n,
    lastNonce: 1n,
    silentMs: 12_345,
    beats: 3,
    stalls: 0,
  });
  const text = screenText([agent(1, Status.Ok), agent(2, Status.Stall), agent(3, Status.Degraded)], () => [
    1, 2,
  ]);
  const lines = text.split('\n').slice(1);
  expect(lines.map((line) => line.trim().split(/\s+/).slice(0, 5).join(' '))).toEqual([
    '2 socket stall 12 s',
    '3 socket degraded 12 s',
    '1 socket ok 12 s',
  ]);
  expect(screenText([], () => [])).toBe('no agents yet');
});
