/** docs/guides/coming-from-pm2.md as a user of pm2 tries it: each row about configuration runs as a process. */
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { freePort } from '../free-port.js';
import { blocks, read } from './documents.js';
import { Shop, tableOf } from './shop.js';

const PAGE = read('docs/guides/coming-from-pm2.md');
const POLLS_BETWEEN_CHANGES = 200;
const TIMEOUT = { timeout: 180_000 };

/** A process of the configuration, and what shows that its keys do what the row says. */
interface Trial {
  /** Keys of the process beside `id`; `sh` is the script of a shell. */
  readonly keys: Readonly<Record<string, unknown>> & { readonly sh?: string };
  readonly works: (shop: Shop) => Promise<unknown>;
}

const logs = (shop: Shop, id: string) => shop.tryCommand(`npx ringwire ctl logs ${id}`);
const prints = (id: string, text: string) => async (shop: Shop) => {
  for (;;) if ((await shop.run(`npx ringwire ctl logs ${id}`)).stdout.includes(text)) return;
};
const isIn =
  (id: string, state: string, restarts = 0) =>
  (shop: Shop) =>
    shop.until((all) =>
      all.some(
        (each) => each.id === id && each.restarts >= restarts && (state === 'any' || each.state === state),
      ),
    );

/** By the first cell of the row. */
const TRIALS: Readonly<Record<string, Trial>> = {
  '`name`, `script`, `args`, `cwd`, `env`': {
    keys: { command: 'sh', args: ['-c', 'echo "$COLOR in $(pwd)"'], workdir: 'shop', env: { COLOR: 'red' } },
    works: async (shop) => prints('p0', `red in ${path.join(shop.folder, 'shop')}`)(shop),
  },
  '`autorestart` (default true)': { keys: { sh: 'exit 0', restart: 'always' }, works: isIn('p1', 'any', 1) },
  '`stop_exit_codes: [0]`': { keys: { sh: 'exit 0', restart: 'on_failure' }, works: isIn('p2', 'stopped') },
  '`max_restarts`, `exp_backoff_restart_delay`, `min_uptime`': {
    keys: { sh: 'exit 1', restart: 'always', max_restarts: 1, restart_backoff: '10ms', restart_reset: '1h' },
    works: isIn('p3', 'failed'),
  },
  '`kill_timeout` (1600 ms)': {
    keys: { sh: 'trap "" TERM; echo set; while :; do sleep 0.1; done', stop_timeout: '100ms' },
    works: async (shop) => {
      await prints('p4', 'set')(shop);
      await shop.tryCommand('npx ringwire ctl stop p4');
      await isIn('p4', 'stopped')(shop);
      expect(await shop.tryCommand('npx ringwire ctl list')).toMatch(/^p4 .*SIGKILL$/m);
    },
  },
  "`max_memory_restart: '300M'`": {
    keys: {
      ...{ command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] },
      ...{ restart: 'always', resources: { max_rss: '8MiB', on_exceed: 'kill' } },
    },
    works: isIn('p5', 'any', 1),
  },
  '`wait_ready`, `listen_timeout`': {
    keys: { sh: 'echo up; exec sleep 1000', ready: { log: 'up', timeout: '60s' } },
    works: isIn('p6', 'running'),
  },
  'no counterpart': {
    keys: { sh: 'exec sleep 1000', depends_on: ['p6'] },
    works: isIn('p7', 'running'),
  },
  '`out_file`, `error_file`, pm2-logrotate': {
    keys: { sh: 'echo kept' },
    works: async (shop) => {
      await prints('p8', 'kept')(shop);
      const folder = path.join(shop.folder, 'logs');
      const text = () =>
        fs
          .readdirSync(folder)
          .filter((name) => name.includes('p8'))
          .map((name) => fs.readFileSync(path.join(folder, name), 'utf8'))
          .join('');
      while (!text().includes('kept')) await isIn('p8', 'stopped')(shop);
    },
  },
  '`instances`, `exec_mode: cluster`, `pm2 reload`': {
    keys: { sh: 'echo "instance $RINGWIRE_INSTANCE"; exec sleep 1000', instances: 2 },
    works: async (shop) => {
      await prints('p9-1', 'instance 1')(shop);
      await shop.tryCommand('npx ringwire ctl restart p9');
    },
  },
  '`watch`': {
    keys: { command: process.execPath, args: ['--watch', 'watched.mjs'] },
    works: async (shop) => {
      await prints('p10', 'before')(shop);
      for (let polls = 0; !(await logs(shop, 'p10')).includes('after'); polls++) {
        // Again and again, with time between: a change before Node watches the file has no effect.
        if (polls % POLLS_BETWEEN_CHANGES === 0) {
          fs.writeFileSync(path.join(shop.folder, 'watched.mjs'), `console.log("after ${polls}");`);
        }
      }
    },
  },
  '`cron_restart`': {
    keys: { sh: 'exec sleep 1000' },
    works: (shop) => shop.tryCommand('npx ringwire ctl restart p11'),
  },
};

/** Rows that say what does not exist. */
const WITHOUT = ['`pm2 deploy`, pm2.io'];

it('each row about configuration works as it says', TIMEOUT, async () => {
  const rows = tableOf(PAGE, 'Configuration');
  expect(rows.map(([first]) => first).filter((row) => !WITHOUT.includes(row as string))).toEqual(
    Object.keys(TRIALS),
  );
  const processes = Object.values(TRIALS).map(({ keys: { sh, ...keys } }, index) => ({
    id: `p${index}`,
    ...(sh === undefined ? {} : { command: 'sh', args: ['-c', sh] }),
    ...keys,
  }));
  const shop = new Shop({
    // JSON is YAML.
    'cliwrap.yaml': JSON.stringify({
      version: 1,
      runtime: {
        dir: 'run',
        log_file_dir: 'logs',
        log_file_max_size: '1MiB',
        log_file_max_files: 2,
      },
      groups: [{ name: 'rows', processes }],
    }),
    'watched.mjs': 'console.log("before");',
  });
  fs.mkdirSync(path.join(shop.folder, 'shop'));
  await shop.open('npx ringwire ctl run -f cliwrap.yaml', (all) => all.length >= processes.length);
  for (const { works } of Object.values(TRIALS)) await works(shop);
  await shop.close();
});

it('the configuration runs, with a server on its port', TIMEOUT, async () => {
  const [yaml] = blocks(PAGE).filter(({ language }) => language === 'yaml');
  const port = await freePort();
  const shop = new Shop({
    'cliwrap.yaml': (yaml?.code ?? '').replace('3000', String(port)),
    'api.js': `require('http').createServer((_, answer) => answer.end(process.env.NODE_ENV)).listen(${port})`,
  });
  await shop.open('npx ringwire ctl run -f cliwrap.yaml', ([api]) => api?.state === 'running');
  const answer = await fetch(`http://127.0.0.1:${port}`);
  expect(await answer.text()).toBe('production');
  await shop.close();
});
