import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Status, VlpAgent } from '../../src/health/index.js';
import { RingReader } from '../../src/index.js';
import { endsWithTest } from '../child.js';
import { finished, MAIN, printed, ringwire, ringwireProcess, start } from '../cli/ringwire-command.js';
import { freePort } from '../free-port.js';
import { supervise } from '../supervisor/supervised.js';
import { temporaryFolder } from '../temporary.js';

async function watching(args: readonly string[]) {
  const folder = temporaryFolder();
  const socket = path.join(folder, 's');
  const child = start(['vlp', 'watch', '--socket', socket, '--threshold-ms', '300', ...args]);
  const end = finished(child);
  // Asked for from the start: the first line may come before the socket is seen.
  const firstLine = printed(child.stdout, '\n').then((text) => text.split('\n')[0] ?? '');
  firstLine.catch(() => {});
  while (!fs.existsSync(socket)) {
    if (child.exitCode !== null) throw new Error((await end).stderr);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { folder, socket, child, end, firstLine };
}

test('watch reports agents that appear, fall silent and return, and ends with 0 on SIGTERM', async () => {
  const { socket, child, end } = await watching([]);
  const stalled = printed(child.stdout, 'stalled');
  const beats = await ringwire(['vlp', 'beat', socket, '--payload', '7', '--json']);
  expect(beats.code).toBe(0);
  const { pid } = JSON.parse(beats.stdout);
  await stalled;
  child.kill('SIGTERM');
  const { code, stdout, stderr } = await end;
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const told = new RegExp(`pid ${pid} is here: ok, payload 7\\n.*pid ${pid} stalled: silent for (\\d+) ms`);
  expect(stdout).toMatch(told);
  expect(Number(told.exec(stdout)?.[1])).toBeGreaterThanOrEqual(300);
  expect(fs.existsSync(socket)).toBe(false);
});

test('watch prints ISO times, and the ids of processes that a manager runs beside their pids', async () => {
  const { manager, folder, until } = await supervise();
  const began = Date.now();
  const { socket, child, end } = await watching(['--runtime-dir', folder]);
  const shown = printed(child.stdout, ') is here');
  await manager.register({
    id: 'beater',
    command: process.execPath,
    args: [MAIN, 'vlp', 'beat', socket, '--every', '20ms'],
  });
  await manager.start('beater');
  await until('beater', 'started');
  await shown;
  // A process that no manager runs has no name.
  const unnamed = printed(child.stdout, `pid ${process.pid} is here`);
  using agent = VlpAgent.connect(socket);
  agent.beat(Status.Ok);
  await unnamed;
  child.kill('SIGTERM');
  const { code, stdout, stderr } = await end;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { pid } = manager.statusOf('beater');
  const line = new RegExp(`^(\\S+)  pid ${pid} \\(beater\\) is here: ok, payload 0$`, 'm');
  const date = line.exec(stdout)?.[1] ?? '';
  expect(date).toBe(new Date(date).toISOString());
  expect(Date.parse(date)).toBeGreaterThanOrEqual(began - 1);
  expect(Date.parse(date)).toBeLessThanOrEqual(Date.now() + 1);
});

test('watch runs without a manager where --runtime-dir names a folder in which none runs', async () => {
  const { socket, child, end } = await watching(['--runtime-dir', path.join(temporaryFolder(), 'none')]);
  const shown = printed(child.stdout, 'is here');
  using agent = VlpAgent.connect(socket);
  agent.beat(Status.Ok);
  expect(await shown).toContain(`pid ${process.pid} is here`);
  child.kill('SIGTERM');
  expect(await end).toMatchObject({ code: 0, stderr: '' });
});

test('watch --prom-addr without prom-client ends with 1 and the command that installs it', async () => {
  const folder = temporaryFolder();
  const socket = path.join(folder, 's');
  // As on a machine without the package.
  const hooks = path.join(folder, 'hooks.mjs');
  const missing = `export const resolve = (name, context, next) => {
    if (name === 'prom-client') throw new Error('not installed');
    return next(name, context);
  };`;
  fs.writeFileSync(path.join(folder, 'missing.mjs'), missing);
  fs.writeFileSync(
    hooks,
    `import { register } from 'node:module'; register('./missing.mjs', import.meta.url);`,
  );
  const args = ['--socket', socket, '--threshold-ms', '300', '--prom-addr', '127.0.0.1:0'];
  const watch = await ringwireProcess(['vlp', 'watch', ...args], {
    env: { NODE_OPTIONS: `--import ${hooks}` },
  });
  expect(watch.code).toBe(1);
  expect(watch.stderr).toMatch(/prom-client does not load: install it with "npm install prom-client@15"/);
  expect(fs.existsSync(socket)).toBe(false);
});

test('watch --json prints every event as a line and writes files, metrics and a ring', async () => {
  const folder = temporaryFolder();
  const tsv = path.join(folder, 'events.tsv');
  const alive = path.join(folder, 'alive');
  const args = ['--json', '--prom-addr', '127.0.0.1:0', '--export-file', tsv, '--heartbeat-file', alive];
  const { socket, child, firstLine } = await watching([...args, '--publish', `${folder}#5`]);
  const first = JSON.parse(await firstLine);
  expect(first.kind).toBe('metrics');
  using agent = VlpAgent.connect(socket);
  const stalled = printed(child.stdout, '"kind":"stall"');
  agent.beat(Status.Degraded, 2n ** 63n);
  const events = (await stalled)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events).toMatchObject([
    { kind: 'beat', pid: process.pid, status: 'degraded', payload: '9223372036854775808', nonce: '1' },
    { kind: 'stall', pid: process.pid },
  ]);
  const page = await (await fetch(`http://${first.address}/metrics`)).text();
  expect(page).toContain(`varta_stalls_total{pid="${process.pid}"} 1\n`);
  expect(fs.readFileSync(alive, 'utf8')).toMatch(new RegExp(`^${child.pid}\t\\d+\n$`));
  using reader = RingReader.open(folder, 5);
  expect(JSON.parse(String(reader.tryRead()))).toMatchObject({ kind: 'beat' });
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(
    fs
      .readFileSync(tsv, 'utf8')
      .split('\n')
      .map((line) => line.split('\t')[1]),
  ).toEqual(['beat', 'stall', undefined]);
});

test('watch ends with 0 after --shutdown-after-secs', async () => {
  const began = performance.now();
  const { end } = await watching(['--shutdown-after-secs', '1']);
  expect(await end).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(performance.now() - began).toBeGreaterThanOrEqual(1000);
});

test('watch ends with 0 when the reader of its output ends, also without an event, and removes its socket', async () => {
  const { socket, child } = await watching([]);
  const ended = once(child, 'exit');
  child.stdout.destroy();
  expect(await ended).toEqual([0, null]);
  expect(fs.existsSync(socket)).toBe(false);
});

test('a recovery command runs without a shell, and the shell form is refused with its replacement', async () => {
  const { folder } = { folder: temporaryFolder() };
  const out = path.join(folder, 'pid');
  const program = path.join(folder, 'recover');
  fs.writeFileSync(program, `#!/bin/sh\necho "$1 $2 $WHO" > ${out}\n`, { mode: 0o700 });
  const { socket, child, end } = await watching([
    '--recovery-exec',
    `${program} {pid}`,
    '--recovery-env',
    'WHO=me',
  ]);
  const done = printed(child.stderr, 'done');
  const { stdout } = await ringwire(['vlp', 'beat', socket, '--json']);
  const { pid } = JSON.parse(stdout);
  await done;
  child.kill('SIGINT');
  const { code, stderr } = await end;
  expect(code).toBe(0);
  expect(stderr).toMatch(new RegExp(`recovery for pid ${pid} spawned \\(child \\d+\\)`));
  expect(fs.readFileSync(out, 'utf8')).toBe(`${pid} ${pid} me\n`);
  const shell = await ringwire([
    'vlp',
    'watch',
    '--socket',
    socket,
    '--threshold-ms',
    '300',
    '--recovery-cmd',
    'x',
  ]);
  expect(shell).toMatchObject({ code: 2, stderr: expect.stringContaining('--recovery-exec') });
});

test('a second observer ends with 1 and leaves the first one running; invalid usage ends with 2', async () => {
  const { socket, child } = await watching([]);
  const again = await ringwire(['vlp', 'watch', '--socket', socket, '--threshold-ms', '300']);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('already running') });
  expect((await ringwire(['vlp', 'beat', socket])).code).toBe(0);
  child.kill('SIGTERM');
  const wrong = [
    ['--threshold-ms', '300'],
    ['--socket', socket],
    ['--socket', socket, '--threshold-ms', 'x'],
    ['--socket', socket, '--threshold-ms', '300', '--socket-mode', '9'],
    ['--socket', socket, '--threshold-ms', '300', '--prom-addr', 'x'],
    ['--socket', socket, '--threshold-ms', '300', '--recovery-exec', 'a', '--recovery-exec-file', 'b'],
    ['--socket', socket, '--threshold-ms', '300', '--udp-port', '0'],
    ['--socket', socket, '--threshold-ms', '300', '--tui'],
  ];
  const codes = await Promise.all(
    wrong.map(async (args) => (await ringwire(['vlp', 'watch', ...args])).code),
  );
  expect(codes).toEqual(wrong.map(() => 2));
});

test('a socket that cannot be bound and a file that cannot be opened end with 1', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'file');
  fs.writeFileSync(file, '');
  const attempts = [
    ['--socket', file],
    ['--socket', path.join(folder, 'missing', 's')],
    ['--socket', path.join(folder, 's'), '--export-file', path.join(folder, 'missing', 'f')],
  ];
  for (const args of attempts) {
    expect((await ringwire(['vlp', 'watch', '--threshold-ms', '300', ...args])).code).toBe(1);
  }
});

test('watch accepts the options of varta-watch', async () => {
  const folder = temporaryFolder();
  const secret = (name: string, text: string) => {
    fs.writeFileSync(path.join(folder, name), text, { mode: 0o600 });
    return path.join(folder, name);
  };
  const audit = path.join(folder, 'audit');
  const { socket, child, end } = await watching([
    ...['--socket-mode', '0O660', '--read-timeout-ms', '500', '--uds-rcvbuf-bytes', '65536'],
    ...['--udp-port', '0', '--udp-bind-addr', '0.0.0.0', '--i-accept-secure-udp-non-loopback'],
    ...['--accepted-key-file', secret('keys', `${'0f'.repeat(32)}\n${'a0'.repeat(32)}\n`)],
    ...['--recovery-exec-file', secret('command', 'true {pid}\n'), '--recovery-inherit-env'],
    ...[
      '--recovery-audit-file',
      audit,
      '--recovery-audit-max-bytes',
      '1M',
      '--recovery-audit-sync-every',
      '1',
    ],
    ...['--recovery-capture-stdio', '--recovery-capture-bytes', '1000', '--shutdown-grace-ms', '500'],
    ...['--export-file', path.join(folder, 'events'), '--export-file-sync-every', '10'],
    ...['--prom-addr', '127.0.0.1:0', '--prom-rate-limit-per-sec', '5', '--prom-rate-limit-burst', '10'],
    ...['--self-watchdog-secs', '30'],
  ]);
  expect(fs.statSync(socket).mode & 0o777).toBe(0o660);
  const done = printed(child.stderr, 'done');
  expect((await ringwire(['vlp', 'beat', socket])).code).toBe(0);
  await done;
  child.kill('SIGTERM');
  expect((await end).code).toBe(0);
  expect(fs.readFileSync(audit, 'utf8')).toMatch(/\tspawned\t.*\n.*\texited\t/);
});

test('sealed UDP on an address other than loopback requires an acknowledgement', async () => {
  const folder = temporaryFolder();
  const key = path.join(folder, 'key');
  fs.writeFileSync(key, 'ab'.repeat(32), { mode: 0o600 });
  const args = ['vlp', 'watch', '--threshold-ms', '300', '--udp-port', '0', '--udp-bind-addr', '0.0.0.0'];
  const refused = await ringwire([...args, '--key-file', key]);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--i-accept-secure-udp-non-loopback'),
  });
});

test('the watchdog ends an observer with a blocked event loop', async () => {
  const child = endsWithTest(
    spawn(process.execPath, [new URL('./processes/stuck-loop.mjs', import.meta.url).pathname], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  expect(await once(child, 'close')).toEqual([null, 'SIGABRT']);
});

test('an interval of more than 2^31-1 milliseconds is waited for', async () => {
  const { socket, child } = await watching(['--json']);
  const first = printed(child.stdout, '"nonce":"1"');
  const beating = start(['vlp', 'beat', socket, '--count', '2', '--every', '600h', '--json']);
  const end = finished(beating);
  await first;
  const watched = await ringwire(['vlp', 'beat', socket, '--count', '2', '--every', '100ms']);
  expect(watched.code).toBe(0);
  expect(beating.exitCode).toBeNull();
  beating.kill('SIGTERM');
  expect(JSON.parse((await end).stdout)).toMatchObject({ sent: 1 });
});

test('beat prints the outcomes of its beats and returns their exit code', async () => {
  const missing = await ringwire(['vlp', 'beat', path.join(temporaryFolder(), 's')]);
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('NO_OBSERVER') });
  const { socket, child } = await watching(['--json']);
  const seen = printed(child.stdout, '"nonce":"3"');
  const three = await ringwire([
    'vlp',
    'beat',
    `unix:${socket}`,
    '--count',
    '3',
    '--every',
    '10ms',
    '--status',
    'critical',
  ]);
  expect(three).toMatchObject({ code: 0, stdout: 'sent 3, dropped 0, failed 0\n' });
  expect(await seen).toContain('"status":"critical"');
  const second = await ringwire(['vlp', 'beat', socket, '--wire', '2', '--status', 'stall']);
  expect(second).toMatchObject({ code: 1, stdout: 'sent 0, dropped 0, failed 1 (EINVAL)\n' });
});

test('watch receives the sealed beats of the beat command by UDP', async () => {
  const folder = temporaryFolder();
  const key = path.join(folder, 'key');
  fs.writeFileSync(key, 'ab'.repeat(32), { mode: 0o600 });
  // Below the ports that the kernel gives to sockets which name none.
  const port = await freePort();
  const { child } = await watching(['--json', '--udp-port', String(port), '--master-key-file', key]);
  const seen = printed(child.stdout, '"kind":"beat"');
  const target = `udp://127.0.0.1:${port}`;
  const sealed = await ringwire(['vlp', 'beat', target, '--wire', '2', '--master-key-file', key]);
  expect(sealed.code).toBe(0);
  expect(await seen).toContain('"source":"udp"');
  const refused = printed(child.stdout, '"kind":"auth"');
  await ringwire(['vlp', 'beat', target, '--wire', '2']);
  await refused;
});

test('--tui draws all agents and restores the terminal', async () => {
  const folder = temporaryFolder();
  const socket = path.join(folder, 's');
  const command = `${process.execPath} ${MAIN} vlp watch --tui --socket ${socket} --threshold-ms 60000`;
  const terminal = endsWithTest(
    spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const drawn = printed(terminal.stdout, '\u001b[?1049l');
  while (!fs.existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 5));
  using agent = VlpAgent.connect(socket);
  const beat = printed(terminal.stdout, 'critical');
  agent.beat(Status.Critical, 42);
  await beat;
  // As Ctrl-C comes from a keyboard.
  terminal.stdin.write('\u0003');
  const text = await drawn;
  expect(text).toContain('\u001b[?1049h');
  expect(text).toMatch(/PID.*BY.*STATUS.*AGE.*BEATS.*STALLS.*PAYLOAD/);
  expect(text).toMatch(new RegExp(`${process.pid}.*socket.*critical`));
});

test('docs/cli.md names every option of both commands', async () => {
  const page = fs.readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('\n## vlp\n'));
  for (const command of ['beat', 'watch']) {
    const { stdout } = await ringwire(['vlp', command, '--help']);
    const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1] as string);
    expect(options.length).toBeGreaterThan(5);
    expect(options.filter((option) => option !== '--help' && !section.includes(option))).toEqual([]);
  }
});
