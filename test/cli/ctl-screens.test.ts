/** `ringwire ctl` as its users see it: in a real terminal of 80 and of 120 columns. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { killIfThere } from '../child.js';
import { processesOf } from '../supervisor/supervised.js';
import { temporaryFolder } from '../temporary.js';
import { configurationOf } from './supervised-run.js';
import { hasTmux, TmuxTerminal } from './tmux.js';

if (!hasTmux) process.stderr.write('skipped: tests in a real terminal need tmux\n');

const ESCAPE = '\u001b';
const WEB =
  '{ id: web-frontend, name: The front end of the shop, command: sh, args: [-c, "printf \'\\\\033[31mred\\\\n\'; echo oops >&2; exec sleep 1000"], ready: { log: oops } }';
const ABSENT = '{ id: absent, command: /not/there/in/a/long/folder }';

/** A file, and a folder whose path is short enough for a column. */
function project(): { file: string; runtimeDir: string; env: Record<string, string> } {
  const folder = temporaryFolder();
  const file = path.join(folder, 'c.yaml');
  const runtimeDir = path.join(folder, 'r');
  fs.mkdirSync(runtimeDir, { mode: 0o700 });
  fs.writeFileSync(file, configurationOf(WEB, ABSENT));
  onTestFinished(() => processesOf(runtimeDir).forEach(killIfThere));
  return { file, runtimeDir, env: { XDG_CACHE_HOME: path.join(folder, 'cache') } };
}

describe.skipIf(!hasTmux)('on a terminal', () => {
  test.each([80, 120])(
    'of %i columns run, list, managers and logs are colored and fit',
    { timeout: 240_000 },
    async (columns) => {
      const { file, runtimeDir, env } = project();
      const first = await TmuxTerminal.open(columns, 30, env);
      await first.type(`clear; ringwire ctl run -f ${file} --runtime-dir ${runtimeDir}; echo code $?`);
      const run = await first.until(/1 of 2 processes are up\nID .*\nweb-.*\nabsent .*\n/);
      expect(run).toMatch(/^ringwire: running 2 processes; Ctrl-C to exit$/m);
      expect(run).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {2}web-frontend {2}started \(pid \d+\)$/m);
      await first.until(/^web-frontend \| ·\[31mred$/m);
      await first.until(/^web-frontend ! oops$/m);
      expect(run).toMatch(/^web-frontend +running +\d+ +-$/m);
      expect(run).toMatch(/^absent +crashed +- +spawn \/not\/there\/in\/a\/long\/folder ENOENT$/m);
      expect(await first.screen(true)).toContain(`${ESCAPE}[32mstarted`);

      const second = await TmuxTerminal.open(columns, 30, env);
      await second.type('clear; ringwire ctl list; ringwire ctl managers; ringwire ctl logs; echo end');
      const lists = await second.until(/^end$/m);
      const isWide = columns > 80;
      expect(lists).toMatch(
        isWide
          ? /^ID +NAME +STATE +PID +RESTARTS +UPTIME +CPU +MEMORY +LAST EXIT$/m
          : /^ID +STATE +PID +RESTARTS +UPTIME +CPU +MEMORY +LAST EXIT$/m,
      );
      expect(lists).toMatch(
        /^web-frontend +(The front end of the shop +)?running +\d+ +0 +\w+ +[\d.]+% +(?:[\d.]+ [KM]iB|-) +-$/m,
      );
      expect(lists).toMatch(/^absent +crashed +- +0 +- +- +- +spawn \/not\/\S*( ENOENT|…)$/m);
      expect(lists).toMatch(/^FOLDER +PID +UPTIME +RUNNING/m);
      expect(lists).toMatch(new RegExp(`^${runtimeDir} +\\d+ +\\w+ +1 of 2`, 'm'));
      expect(lists).toMatch(/^web-frontend \| ·\[31mred$/m);
      expect(await second.screen(true)).toContain(`${ESCAPE}[32mrunning`);

      // A terminal that is stopped does not stop the manager, and Ctrl-C ends it.
      await first.press('C-s');
      await second.type(`clear; ringwire ctl restart web-frontend; echo end`);
      await second.until(/^restarted web-frontend\nend$/m);
      await first.press('C-q');
      await first.until(/web-frontend {2}stopped/);
      await first.press('C-c');
      await first.until(/manager +shutdown requested[\s\S]*^code 0$/m);
      await second.type('clear; ringwire ctl managers');
      await second.until(/^no managers run$/m);
    },
  );
});
