/** `ctl top` and `vlp watch --tui` in a real terminal, with the keys that they share with `top`. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Status, VlpAgent } from '../../src/health/index.js';
import { supervise } from '../supervisor/supervised.js';
import { temporaryFolder } from '../temporary.js';
import { hasTmux, TmuxTerminal } from './tmux.js';

if (!hasTmux) process.stderr.write('skipped: tests in a real terminal need tmux\n');

const SLEEPER = { command: 'sh', args: ['-c', 'exec sleep 600'] };

describe.skipIf(!hasTmux)('in a real terminal', () => {
  test.each([80, 120])(
    'ctl top sorts, filters, and shows details and help at %i columns',
    async (columns) => {
      const { manager, folder } = await supervise({ sampleIntervalMs: 100 });
      const long = 'a-process-with-an-id-that-is-longer-than-its-column';
      await manager.register({ id: 'web', name: 'Web Server', ...SLEEPER });
      await manager.register({ id: long, ...SLEEPER });
      await manager.start('web');
      const terminal = await TmuxTerminal.open(columns, 20);
      await terminal.type(`ringwire ctl top --runtime-dir ${folder}; echo code $?`);
      await terminal.until(
        /^> web +running +\d+ +[\d.]+ +[\d.]+ \wiB +0 +\w+$/m,
        /^ringwire ctl top {2}sort: configuration {2}2 processes {2}\S+ +\d\d:\d\d:\d\d$/m,
        /ID +STATE +PID +CPU% +RSS +RESTARTS +UPTIME/,
        /^ {2}a-process-with-\S+ +pending +- +/m,
      );

      await terminal.press('s');
      await terminal.until(/sort: cpu/);
      await terminal.press('/');
      await terminal.press('w');
      await terminal.press('e');
      await terminal.press('b');
      await terminal.until((screen) => screen.includes('filter: web') && !screen.includes('a-process'));
      await terminal.press('Enter');
      await terminal.until(/filter: web[\s\S]*s sort/);
      await terminal.press('Enter');
      await terminal.until(
        /process +web[\s\S]*last minute +[▁▂▃▄▅▆▇█]/,
        /name +Web Server\n/,
        /state +running\n.*pid +\d+\n/,
      );
      await terminal.press('Escape');
      await terminal.until(/^> web /m);
      await terminal.press('Escape');
      await terminal.until(/a-process[\s\S]*s sort/);
      await terminal.press('j');
      await terminal.until(/^> a-process/m);
      await terminal.press('?');
      await terminal.until(/CPU%: processor time/);
      await terminal.press('Escape');
      await terminal.until(/^> a-process/m);
      await terminal.press('q');
      await terminal.until(/^code 0$/m);
      expect(await terminal.modes()).toEqual({ alternate: false, cursor: true });
    },
  );

  test('ctl top restores the terminal and reports the reason when its manager ends', async () => {
    const { manager, folder } = await supervise();
    await manager.register({ id: 'web', ...SLEEPER });
    const terminal = await TmuxTerminal.open(80, 20);
    await terminal.type(`ringwire ctl top --runtime-dir ${folder}; echo code $?`);
    await terminal.until(/^> web +pending/m);
    await manager.shutdown();
    await terminal.until(/^code 1$/m, /^ringwire ctl: /m);
    expect(await terminal.modes()).toEqual({ alternate: false, cursor: true });
  });

  test.each([80, 120])('vlp watch --tui sorts, filters, and shows details at %i columns', async (columns) => {
    const folder = temporaryFolder();
    const socket = path.join(folder, 's');
    const terminal = await TmuxTerminal.open(columns, 20);
    const command = `ringwire vlp watch --tui --socket ${socket} --threshold-ms 60000 --runtime-dir ${folder}`;
    await terminal.type(`${command}; echo code $?`);
    await terminal.until(
      /no agents/,
      /^ringwire vlp watch {2}sort: status {2}0 agents {2}silent after 60000 ms/m,
    );
    using agent = VlpAgent.connect(socket);
    agent.beat(Status.Degraded, 42);
    const row = new RegExp(`^> +${process.pid} +- .*degraded .* 1 +0`, 'm');
    await terminal.until(row, /PID +NAME +(BY +)?STATUS +AGE +BEATS +STALLS/);
    await terminal.press('s');
    await terminal.until(/sort: pid/);
    await terminal.press('/');
    await terminal.press('x');
    await terminal.until(/no agent matches the filter/);
    await terminal.press('Escape');
    await terminal.until(row);
    await terminal.press('Enter');
    await terminal.until(/last minute +▁/, /payload +42 \(halves 0 and 42\)/);
    await terminal.press('Escape');
    await terminal.until(row);
    await terminal.press('q');
    await terminal.until(/^code 0$/m);
    expect(await terminal.modes()).toEqual({ alternate: false, cursor: true });
    expect(fs.existsSync(socket)).toBe(false);
  });
});
