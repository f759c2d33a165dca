/** The scripts of `ringwire completion`: words come from their text, names of channels and processes from ringwire. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.js';
import { run } from '../child.js';
import { shell as command, supervise } from '../supervisor/supervised.js';
import { temporaryFolder } from '../temporary.js';
import { MAIN, ringwire, ringwireProcess } from './ringwire-command.js';
import { temporaryRoot } from './temporary-root.js';
import { hasTmux, TmuxTerminal } from './tmux.js';

/** Splits each argument at its blanks and calls `complete` with the words; prints a line of dashes after each. */
const EACH_LINE = `for line in "$@"; do
      words=(ringwire)
      while [[ $line == *' '* ]]; do words+=("\${line%% *}"); line=\${line#* }; done
      words+=("$line")
      complete
      echo ---
    done`;

/** Each program completes its arguments, and prints one candidate a line. */
const SHELLS = {
  bash: `source "$SCRIPT"
    complete() {
      COMP_WORDS=("\${words[@]}")
      COMP_CWORD=$((\${#words[@]} - 1))
      _ringwire
      printf '%s\\n' "\${COMPREPLY[@]}"
    }
    ${EACH_LINE}`,
  zsh: `compdef() {}
    _arguments() {}
    _describe() {
      local last=$words[-1]
      print -l -- \${(M)\${(@)completions%%:*}:#$last*}
    }
    source "$SCRIPT"
    complete() {
      CURRENT=$#words
      _ringwire
    }
    ${EACH_LINE}`,
  fish: `source $SCRIPT
    for line in $argv
      complete -C "ringwire $line" | string replace -r '\\t.*' ''
      echo ---
    end`,
} as const;
type Shell = keyof typeof SHELLS;
const shells = Object.keys(SHELLS) as Shell[];

/** How each shell starts without the files of the user, with the script. */
const INTERACTIVE = {
  bash: [`bash --norc --noprofile`, '. "$SCRIPT"'],
  zsh: [`zsh -f`, 'autoload -U +X compinit && compinit -u -D && . "$SCRIPT"'],
  fish: [`fish --no-config -C 'function fish_prompt; echo -n "ready> "; end'`, 'source $SCRIPT'],
} as const;

const STATIC: [typed: string, candidates: string[]][] = [
  ['st', ['stat', 'struct']],
  ['ctl rest', ['restart']],
  ['aeron driver-tool ', ['help', 'pid', 'terminate']],
  ['tail --fro', ['--from']],
  ['tail 7 --fro', ['--from']],
  ['tail 7 -n 3 --fro', ['--from']],
  ['tail 7 --give-up ', ['dead', 'late', 'never']],
  ['write --framing l', ['lines', 'length-prefixed'].sort()],
  ['ctl logs --stream ', ['all', 'stderr', 'stdout']],
  ['completion ', ['bash', 'fish', 'zsh']],
  ['tail --from s', ['start']],
  ['tail --limit ', []],
  ['no-such-command ', []],
];

/** Prints why a test is skipped, and skips it. */
function needs(program: string, skip: (reason: string) => never): void {
  if (spawnSync(program, ['-c', 'true']).error === undefined) return;
  process.stderr.write(`skipped: completion in ${program}: the shell is not installed\n`);
  skip(`no ${program}`);
}

/** A folder with the script of a shell, and the environment that finds `ringwire` and the script. */
async function prepared(shell: Shell) {
  const folder = temporaryFolder();
  const script = path.join(folder, 'completion');
  // The library prints to the console, which the shared process does not keep.
  const { stdout } = await ringwireProcess(['completion', shell]);
  fs.writeFileSync(script, stdout);
  fs.symlinkSync(MAIN, path.join(folder, 'ringwire'));
  const env = { ...process.env, SCRIPT: script, PATH: `${folder}:${process.env['PATH']}`, HOME: folder };
  return { folder, env };
}

/** The candidates of a shell for each line that was typed after `ringwire`, sorted. */
async function candidates(shell: Shell, lines: string[], env: NodeJS.ProcessEnv): Promise<string[][]> {
  // The first argument of `bash -c` and `zsh -c` is the name of the shell.
  const args = shell === 'fish' ? lines : [shell, ...lines];
  const { code, stdout, stderr } = await run(shell, ['-c', SHELLS[shell], ...args], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .split('---\n')
    .slice(0, -1)
    .map((part) => part.split('\n').filter(Boolean).sort());
}

describe.each(shells)('in %s', { timeout: 120_000 }, (shell) => {
  it('words of commands, options and fixed values start neither Node nor ringwire', async ({ skip }) => {
    needs(shell, skip);
    const { folder, env } = await prepared(shell);
    const mark = path.join(folder, 'started');
    for (const name of ['node', 'ringwire', 'npx']) {
      fs.rmSync(path.join(folder, name), { force: true });
      fs.writeFileSync(path.join(folder, name), `#!/bin/sh\necho ${name} >> "${mark}"\n`, { mode: 0o755 });
    }
    const found = await candidates(
      shell,
      STATIC.map(([typed]) => typed),
      env,
    );
    expect(STATIC.map(([typed], index) => [typed, found[index]])).toEqual(STATIC);
    expect(fs.existsSync(mark)).toBe(false);
  });

  it('channels are those below the root on the line, and processes those of the manager on it', async ({
    skip,
  }) => {
    needs(shell, skip);
    const { env } = await prepared(shell);
    const root = temporaryRoot();
    const other = temporaryRoot();
    for (const id of ['7', '70', '8']) await ringwire(['write', id, '--root', root], { input: 'one\n' });
    await ringwire(['write', 'quotes', '--journal', '--root', other], { input: 'one\n' });
    const { manager, folder } = await supervise();
    for (const id of ['api', 'web']) await manager.register({ id, ...command('true') });
    const all = { ...env, RINGWIRE_ROOT: root, OTHER: other, CLIWRAP_RUNTIME_DIR: folder };
    const lines: [typed: string, candidates: string[]][] = [
      [`cat --root ${other} `, ['1', 'quotes']],
      ['ctl stop api ', ['api', 'web']],
    ];
    // Each line starts Node. The shells hand over the words in the same way.
    if (shell === 'bash') {
      lines.push(['tail 7', ['7', '70']]);
      lines.push(['stat -r $OTHER q', ['quotes']]);
      lines.push(['ctl status --runtime-dir /nonexistent ', []]);
    }
    const found = await candidates(
      shell,
      lines.map(([typed]) => typed),
      all,
    );
    expect(lines.map(([typed], index) => [typed, found[index]])).toEqual(lines);
  });

  it('a tab completes in a terminal, and neither runs nor writes anything that is typed', async ({
    skip,
  }) => {
    needs(shell, skip);
    if (!hasTmux) {
      process.stderr.write('skipped: completion in a terminal: tmux is not installed\n');
      skip('no tmux');
    }
    const { folder, env } = await prepared(shell);
    const kept = path.join(folder, 'kept');
    fs.writeFileSync(kept, 'precious');
    const [start, load] = INTERACTIVE[shell];
    const { PATH = '', SCRIPT = '' } = env;
    const terminal = await TmuxTerminal.openShell(start, 120, 30, { PATH, SCRIPT, HOME: folder });
    await terminal.type(`cd; ${load}; clear; echo "is "loaded`);
    await terminal.until(/^is loaded\nready>$/m);
    await terminal.write('ringwire cat $(touch ran) > kept --for');
    await terminal.press('Tab');
    await terminal.until(/kept --format/);
    expect(fs.readFileSync(kept, 'utf8')).toBe('precious');
    expect(fs.existsSync(path.join(folder, 'ran'))).toBe(false);
  });
});

test('scripts know every command and every option that the help shows', async () => {
  const program = await buildProgram(false, ['completion']);
  const { stdout } = await ringwire(['completion', 'bash']);
  const missing: string[] = [];
  const visit = (group: typeof program, trail: string) => {
    for (const child of group.createHelp().visibleCommands(group)) {
      const name = `${trail} ${child.name()}`.trim();
      if (!stdout.includes(`'${name.includes(' ') ? name : ` ${name}`}'`)) missing.push(name);
      for (const { long } of child.createHelp().visibleOptions(child)) {
        if (!stdout.includes(`'${long}\t`)) missing.push(`${name} ${long}`);
      }
      visit(child, name);
    }
  };
  visit(program, '');
  expect(missing).toEqual([]);
});

test('names that a shell would interpret are not offered', async () => {
  const { manager, folder } = await supervise();
  for (const id of ['plain-1', 'two words', '$(touch x)']) {
    await manager.register({ id, ...command('true') }).catch(() => {});
  }
  const { stdout } = await ringwire(['complete', 'processes', '--', '--runtime-dir', folder, '']);
  expect(stdout).toMatch(/^plain-1\t\w+\n:4\n$/);
});

test('complete is hidden from the help', async () => {
  expect((await ringwire(['--help'])).stdout).not.toMatch(/^ {2}complete /m);
});
