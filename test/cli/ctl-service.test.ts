/** A manager as a service of systemd: what it reports, and the unit that `ctl startup` prints. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ControlClient } from '../../src/control/index.js';
import { temporaryFolder } from '../temporary.js';
import { NotifySocket } from './notify-socket.js';
import { ringwire, ringwireProcess } from './ringwire-command.js';
import { configurationOf, superviseByCommand } from './supervised-run.js';

const WEB = '{ id: web, command: sleep, args: ["1000"] }';
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
if (!hasSystemd) process.stderr.write('skipped: checking units needs systemd-analyze\n');

describe('ringwire ctl run as a service', { timeout: 120_000 }, () => {
  it.each(['path', 'abstract name'])(
    'reports start, state, life and end to a socket with a %s',
    async (kind) => {
      const folder = temporaryFolder();
      const address =
        kind === 'path'
          ? path.join(folder, 'notify')
          : `@ringwire-test-${process.pid}-${path.basename(folder)}`;
      const socket = new NotifySocket(address);
      // A socket holds eleven datagrams: signs of life at a slow rate do not fill it while this process waits for a turn.
      const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: '200000', WATCHDOG_PID: undefined };
      const run = superviseByCommand(configurationOf(WEB), { env });
      await socket.until('READY=1');
      expect(socket.received).toContain('STATUS=1 of 1 processes are up');
      await socket.until('WATCHDOG=1', 3);
      using client = await ControlClient.dial(path.join(run.runtimeDir, 'manager.sock'));
      await client.stop('web');
      await socket.until('STATUS=0 of 1 processes are up', 2);
      run.manager.kill('SIGTERM');
      await socket.until('STOPPING=1');
      expect(await run.ended).toBe(0);
      expect(run.printed.stderr).toBe('');
    },
  );

  it('reports the begin and the end of a reload', async () => {
    const address = path.join(temporaryFolder(), 'notify');
    const socket = new NotifySocket(address);
    const run = superviseByCommand(configurationOf(WEB), {
      args: ['--reload-on-hup'],
      env: { NOTIFY_SOCKET: address },
    });
    await socket.until('READY=1');
    run.manager.kill('SIGHUP');
    await socket.until('READY=1', 2);
    expect(socket.received.filter((each) => /^RELOADING=1\nMONOTONIC_USEC=\d+$/.test(each))).toHaveLength(1);
    await run.end();
  });

  it('keeps the address from its processes, and is no watched process of another', async () => {
    const folder = temporaryFolder();
    const address = path.join(folder, 'notify');
    const socket = new NotifySocket(address);
    const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: '20000', WATCHDOG_PID: '1' };
    const run = superviseByCommand(
      configurationOf('{ id: web, command: sh, args: [-c, "env; exec sleep 1000"], ready: { log: PATH= } }'),
      { env },
    );
    await socket.until('READY=1');
    await run.end();
    await socket.until('STOPPING=1');
    expect(run.printed.stdout).toContain('PATH=');
    expect(run.printed.stdout).not.toMatch(/NOTIFY_SOCKET|WATCHDOG_/);
    expect(socket.received).not.toContain('WATCHDOG=1');
  });

  it('runs on when the service manager cannot be reached, with one note', async () => {
    const address = path.join(temporaryFolder(), 'nobody');
    const run = superviseByCommand(configurationOf(WEB), { env: { NOTIFY_SOCKET: address } });
    await run.until(/1 of 1 processes are up/);
    expect(await run.end()).toBe(0);
    expect(run.printed.stderr).toBe(
      `ringwire: cannot notify the service manager at ${address}: no process listens there\n`,
    );
  });
});

describe('ringwire ctl startup', { timeout: 120_000 }, () => {
  /** A project with a configuration, in a folder whose name needs escaping. */
  function project(...processes: string[]): string {
    const folder = path.join(temporaryFolder(), 'my $app 100%');
    fs.mkdirSync(folder);
    const file = path.join(folder, 'cliwrap.yaml');
    fs.writeFileSync(file, configurationOf(...(processes.length === 0 ? [WEB] : processes)));
    return file;
  }

  it('prints a unit with absolute and escaped paths to stdout, and how to install it to stderr', async () => {
    const file = project();
    const { code, stdout, stderr } = await ringwireProcess([
      'ctl',
      'startup',
      '-f',
      file,
      '--runtime-dir',
      '/run/app',
    ]);
    expect(code).toBe(0);
    const escaped = file.replace('$', '$$$$').replace('%', '%%');
    expect(stdout).toContain(`"ctl" "run" "-f" "${escaped}" "--reload-on-hup" "--runtime-dir" "/run/app"\n`);
    expect(stdout).toMatch(/^ExecStart="\/[^"]+" "\/[^"]+\/main\.js" /m);
    expect(stdout).toMatch(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
    expect(stdout).toMatch(/^Type=notify$/m);
    expect(stdout).toMatch(/^WatchdogSec=30$/m);
    expect(stdout).toMatch(/^Environment="PATH=\/.*"$/m);
    expect(stdout).toMatch(/^WantedBy=multi-user\.target$/m);
    expect(stderr).toContain('/etc/systemd/system/my-app-100.service');
  });

  it('gives the manager the time to stop the longest chain of dependencies', async () => {
    const file = project(
      '{ id: db, command: x, stop_timeout: 1m }',
      '{ id: app, command: x, stop_timeout: 20s, depends_on: [db] }',
      '{ id: other, command: x }',
    );
    expect((await ringwire(['ctl', 'startup', '-f', file])).stdout).toMatch(/^TimeoutStopSec=90$/m);
  });

  it('takes --user, --name and --watchdog, and refuses names and files that are not valid', async () => {
    const file = project();
    const args = ['ctl', 'startup', '-f', file, '--user', '--name', 'web.service'];
    const { stdout, stderr } = await ringwire([...args, '--watchdog', 'never']);
    expect(stdout).toMatch(/^WantedBy=default\.target$/m);
    expect(stdout).not.toMatch(/WatchdogSec|User=|network-online/);
    expect(stderr).toContain('~/.config/systemd/user/web.service');
    expect((await ringwire([...args, '--watchdog', '1500ms'])).stdout).toMatch(/^WatchdogSec=1\.5$/m);
    expect((await ringwire([...args, '--name', 'a b'])).code).toBe(2);
    expect(await ringwire(['ctl', 'startup', '-f', '/not/there'])).toMatchObject({ code: 1, stdout: '' });
  });

  it.skipIf(!hasSystemd).each([[[]], [['--user']]])(
    'prints a unit that systemd accepts, with %j',
    async (args) => {
      const file = project();
      const { stdout } = await ringwire(['ctl', 'startup', '-f', file, ...args]);
      const unit = path.join(temporaryFolder(), 'web.service');
      fs.writeFileSync(unit, stdout);
      const env = { ...process.env, XDG_RUNTIME_DIR: temporaryFolder() };
      const scope = args.length === 0 ? '--system' : '--user';
      const verified = spawnSync('systemd-analyze', [scope, '--man=no', 'verify', unit], {
        env,
        encoding: 'utf8',
      });
      if (/Failed to initialize manager/.test(verified.stderr)) {
        process.stderr.write(`skipped: systemd-analyze ${scope} does not work here\n`);
        return;
      }
      // Other units of the machine may be faulty.
      expect(verified.stderr.split('\n').filter((line) => line.includes('web.service'))).toEqual([]);
    },
  );
});
