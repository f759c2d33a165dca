/** The commands that docs/cli.md and the guide for users of pm2 put beside those of others: each one is executed. */
import { expect, it } from 'vitest';
import { read } from './documents.js';
import { commandsIn, type ListedProcess, Shop, tableOf } from './shop.js';

const CONFIGURATION = `version: 1
runtime: { dir: "\${RUNTIME_DIR}" }
groups:
  - name: shop
    processes:
      - id: api
        command: sh
        args: [-c, "trap 'echo asked' HUP; echo up; echo careful >&2; while :; do sleep 1 & wait $$!; done"]
        ready: { log: up, timeout: 60s }
      - { id: web, command: sleep, args: ["1000"], instances: 2 }
`;

const isUp = ({ id, state }: ListedProcess) => id === 'api' && state === 'running';

/** Commands that run until Ctrl-C. */
const FOLLOWS = / logs -f| events/;

it.each([
  ['docs/cli.md', 'Coming from another supervisor', 15],
  ['docs/guides/coming-from-pm2.md', 'Commands', 11],
])(
  'each command of %s, "%s", works on a running manager',
  { timeout: 180_000 },
  async (page, heading, least) => {
    const rows = tableOf(read(page), heading).map((cells) => cells.at(-1) as string);
    const commands = rows.flatMap(commandsIn);
    expect(rows.filter((row) => commandsIn(row).length === 0 && !row.startsWith('Ctrl-C'))).toEqual([]);
    expect(commands.length).toBeGreaterThanOrEqual(least);
    const shop = new Shop({ 'cliwrap.yaml': CONFIGURATION });
    const isRun = (command: string) => command.includes(' ctl run');
    const endsAll = (command: string) => command.endsWith(' ctl shutdown');
    await shop.open(commands.find(isRun) ?? '', (all) => all.some(isUp));
    for (const command of commands.filter((each) => !isRun(each) && !endsAll(each))) {
      if (!FOLLOWS.test(command)) await shop.tryCommand(command);
      else await shop.tryFollowing(command, () => shop.tryCommand('npx ringwire ctl restart api'));
    }
    await shop.close(commands.find(endsAll));
  },
);

it('each command for channels of docs/cli.md works, one after the other', { timeout: 180_000 }, async () => {
  const rows = tableOf(read('docs/cli.md'), 'Coming from files and journals').map(
    (cells) => cells.at(-1) ?? '',
  );
  const shop = new Shop({});
  for (const row of rows) {
    const command = row.replace(/^`|`$/g, '').replace('\\|', '|');
    if (command.includes(' write ')) expect((await shop.run(command)).code).toBe(0);
    else await shop.tryCommand(command);
  }
});
