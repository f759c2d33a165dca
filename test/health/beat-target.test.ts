import path from 'node:path';
import { expect, test } from 'vitest';
import { parseTarget } from '../../src/health/agent/beat-target.js';
import { VlpAgent } from '../../src/health/index.js';
import { temporaryFolder } from '../temporary.js';

test('parses all forms of a target', () => {
  expect(parseTarget('/run/x.sock')).toEqual({ kind: 'socket', path: '/run/x.sock' });
  expect(parseTarget('unix:/run/x.sock')).toEqual({ kind: 'socket', path: '/run/x.sock' });
  expect(parseTarget({ socket: '/run/../run/x.sock' })).toEqual({ kind: 'socket', path: '/run/x.sock' });
  expect(parseTarget('x.sock')).toEqual({ kind: 'socket', path: path.resolve('x.sock') });
  expect(parseTarget('@name')).toEqual({ kind: 'socket', path: '@name' });
  expect(parseTarget('channel:/dev/shm/a#b#0x10')).toEqual({
    kind: 'channel',
    root: '/dev/shm/a#b',
    channelId: 16n,
  });
  expect(parseTarget('udp://127.0.0.1:9000')).toEqual({ kind: 'udp', host: '127.0.0.1', port: 9000 });
  expect(parseTarget('udp://[::1]:9000')).toEqual({ kind: 'udp', host: '::1', port: 9000 });
});

test('an invalid target is refused with the valid forms', () => {
  for (const target of ['', 'channel:/x', 'channel:#1', 'udp://host', 'udp:x', null, {}, 7]) {
    expect(() => parseTarget(target as never), String(target)).toThrow(/use "\/run\/x.sock"/);
  }
  expect(() => VlpAgent.connect('udp://somewhere.example:9000')).toThrow(/not an IP address/);
  expect(() => VlpAgent.connect('udp://127.0.0.1:0')).toThrow(/port must be/);
});

test('a path longer than 107 bytes is refused with the limit', () => {
  const root = temporaryFolder();
  expect(() => VlpAgent.connect(path.join(root, 'x'.repeat(120)))).toThrow(/the kernel accepts 107/);
});
