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

describe.skipIf(!hasTmux)('ringwire ctl on a terminal', { timeout: 240_000 }, () => {
  test('run, list, managers and logs are colored, and fit 80 and 120 columns', async () => {
    const { file, runtimeDir, env } = project();
    const first = await TmuxTerminal.open(80, 30, env);
    await first.clear();
    await first.type(`ringwire ctl run -f ${file} --runtime-dir ${runtimeDir}; echo code $?`);
    await expectRun(first);
    const second = await TmuxTerminal.open(80, 30, env);
    const lists = 'ringwire ctl list; ringwire ctl managers; ringwire ctl logs; echo code $?';
    await second.type(lists);
    const narrow = await second.until(
      /^code 0$/m,
      /^ID +STATE +PID +RESTARTS +UPTIME +CPU +MEMORY +LAST EXIT$/m,
      /^absent +crashed +- +0 +- +- +- +spawn \/not\/\S*…$/m,
    );
    expectLists(narrow, runtimeDir);
    expect(await second.screen(true)).toContain(`${ESCAPE}[32mrunning`);
    await second.resize(120, 30);
    await second.clear();
    await second.type(lists);
    const wide = await second.until(
      /^ID +NAME +[\s\S]*^code 0$/m,
      /^ID +NAME +STATE +PID +RESTARTS +UPTIME +CPU +MEMORY +LAST EXIT$/m,
      /^absent +crashed +- +0 +- +- +- +spawn \/not\/there\/\S*( ENOENT|…)$/m,
    );
    expectLists(wide, runtimeDir);

    // A terminal that is stopped does not stop the manager, and Ctrl-C ends it.
    await first.press('C-s');
    await second.clear();
    await second.type('ringwire ctl restart web-frontend; echo code $?');
    await second.until(/^restarted web-frontend\ncode 0$/m);
    await first.press('C-q');
    await first.until(/web-frontend {2}stopped/);
    await first.press('C-c');
    await first.until(/manager +shutdown requested[\s\S]*^code 0$/m);
    await second.clear();
    await second.type('ringwire ctl managers');
    await second.until(/^no managers run$/m);

    await first.resize(120, 30);
    await first.clear();
    await first.type(`ringwire ctl run -f ${file} --runtime-dir ${runtimeDir}; echo code $?`);
    await expectRun(first);
    await first.press('C-c');
    await first.until(/^code 0$/m);
  });
});

async function expectRun(terminal: TmuxTerminal): Promise<void> {
  await terminal.until(
    /1 of 2 processes are up\nID .*\nweb-.*\nabsent .*\n/,
    /^ringwire: running 2 processes; Ctrl-C to exit$/m,
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {2}web-frontend {2}started \(pid \d+\)$/m,
    /^web-frontend +running +\d+ +-$/m,
    /^absent +crashed +- +spawn \/not\/there\/in\/a\/long\/folder ENOENT$/m,
  );
  await terminal.until(/^web-frontend \| ·\[31mred$/m);
  await terminal.until(/^web-frontend ! oops$/m);
  expect(await terminal.screen(true)).toContain(`${ESCAPE}[32mstarted`);
}

function expectLists(screen: string, runtimeDir: string): void {
  expect(screen).toMatch(
    /^web-frontend +(The front end of the shop +)?running +\d+ +0 +\w+ +[\d.]+% +(?:[\d.]+ [KM]iB|-) +-$/m,
  );
  expect(screen).toMatch(/^FOLDER +PID +UPTIME +RUNNING/m);
  expect(screen).toMatch(new RegExp(`^${runtimeDir} +\\d+ +\\w+ +1 of 2`, 'm'));
  expect(screen).toMatch(/^web-frontend \| ·\[31mred$/m);
}
