/** docs/guides/machines.md: its commands, unit and configuration do what the page says. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '../../child.js';
import { MAIN } from '../../cli/ringwire-command.js';
import { blocks, read } from '../../docs/documents.js';
import { freePort } from '../../free-port.js';
import { memoryFolder, temporaryFolder } from '../../temporary.js';
import { itWithNats, NatsServer } from './nats-server.js';

const PAGE = blocks(read('docs/guides/machines.md'));

function block(language: string, containing: string): string {
  const found = PAGE.find((each) => each.language === language && each.code.includes(containing));
  if (found === undefined) throw new Error(`the page has no ${language} block with ${containing}`);
  return found.code;
}

/** Commands of a console block that run ringwire, and what the page says that they print. */
function commands(code: string): { command: string; output: string }[] {
  return code
    .split(/^\$ /m)
    .map((text) => ({ command: text.split('\n')[0] as string, output: text.split('\n').slice(1).join('\n') }))
    .filter(({ command }) => command.includes('npx ringwire'));
}

/** Runs a command as the page shows it, with this server and the built program. */
async function runs(command: string, addresses: string, root: string) {
  const text = command
    .replaceAll('npx ringwire', `"${process.execPath}" "${MAIN}"`)
    .replace(/nats:\/\/[^/]+\//, `${addresses}/`);
  const environment = { ...process.env, RINGWIRE_ROOT: root, NO_COLOR: '1' };
  return run('bash', ['-o', 'pipefail', '-c', text], { env: environment });
}

itWithNats('the first relay of the page prints what the page says', async () => {
  const root = temporaryFolder();
  const server = await NatsServer.start();
  const shown = commands(block('console', 'LINES/lines.a'));
  expect(shown.length).toBeGreaterThanOrEqual(4);
  for (const { command, output } of shown) {
    const { code, stdout, stderr } = await runs(command, server.url, root);
    expect(code, `${command}\n${stderr}`).toBe(0);
    expect(stdout, command).toBe(output);
  }
});

itWithNats('the subjects of the page are those of the records', async () => {
  const root = temporaryFolder();
  const server = await NatsServer.start();
  for (const { command } of commands(block('console', '{symbol}'))) {
    const { code, stderr } = await runs(command, server.url, root);
    expect(code, `${command}\n${stderr}`).toBe(0);
  }
  const { state, config } = await (await server.manager()).streams.info('QUOTES', { subjects_filter: '>' });
  expect(config.subjects).toEqual(['quotes.*']);
  expect(state.subjects).toEqual({ 'quotes.RW': 1, 'quotes.XY': 1 });
});

itWithNats('the configuration of the page makes a cluster that takes three replicas', async () => {
  const names = ['a', 'b', 'c'];
  const ports = [await freePort(), await freePort(), await freePort()];
  const configuration = (name: string) => {
    const route = (n: number) => `nats-route://127.0.0.1:${ports[n]}`;
    return block('conf', 'cluster {')
      .replace('server_name: a', `server_name: ${name}`)
      .replace(/^listen:.*\n/m, '')
      .replace(/^jetstream.*\n/m, '')
      .replace('0.0.0.0:6222', `127.0.0.1:${ports[names.indexOf(name)]}`)
      .replace(/nats-route:\/\/([abc]):6222/g, (_, other: string) => route(names.indexOf(other)));
  };
  const servers = await Promise.all(names.map((name) => NatsServer.start(configuration(name))));
  const root = temporaryFolder();
  const addresses = servers.map(({ url }, n) => (n === 0 ? url : url.slice('nats://'.length))).join(',');
  expect((await runs('seq 10 | npx ringwire write 7', addresses, root)).code).toBe(0);
  const [shown] = commands(block('console', '--replicas 3'));
  // The command creates the stream once the servers have elected a leader; before that they refuse it.
  for (;;) {
    const { code, stderr } = await runs(shown?.command as string, addresses, root);
    if (code === 0) break;
    expect(stderr).toMatch(/ did not create the stream|NOT_SUPPORTED|waiting/);
    await sleep(200);
  }
  const manager = await (servers[0] as NatsServer).manager();
  const { config, state } = await manager.streams.info('QUOTES');
  expect(config.num_replicas).toBe(3);
  expect(state.messages).toBe(10);
});

itWithNats('nats-server accepts the configuration of the page as it stands', () => {
  const file = path.join(memoryFolder(), 'server.conf');
  fs.writeFileSync(file, block('conf', 'cluster {'));
  const { status, stderr } = spawnSync('nats-server', ['-c', file, '-t'], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
if (!hasSystemd) process.stdout.write('skipped: systemd-analyze is not installed\n');

it.skipIf(!hasSystemd)('systemd accepts the unit of the page', () => {
  const unit = block('ini', '[Service]');
  const program = /^ExecStart=(\S+)/m.exec(unit)?.[1] as string;
  const file = path.join(temporaryFolder(), 'relay-quotes.service');
  // systemd-analyze looks for the program.
  fs.writeFileSync(file, unit.replace(program, process.execPath));
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  expect(`${stdout}${stderr}`).toBe('');
});

it('the containers of the page are a valid file, and relay a channel to the server among them', () => {
  const { services, volumes } = parse(block('yaml', 'services:')) as {
    services: Record<'nats' | 'relay', { image: string; command: string | string[]; volumes: string[] }>;
    volumes: Record<string, unknown>;
  };
  expect(Object.keys(services)).toEqual(['nats', 'relay']);
  expect(services.relay.command).toContain('nats://nats:4222/');
  const named = Object.values(services).flatMap((each) =>
    each.volumes.filter((name) => !name.startsWith('.')),
  );
  expect(named.map((name) => name.split(':')[0])).toEqual(Object.keys(volumes));
});
