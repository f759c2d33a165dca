/** The scripts of `ringwire completion`: the shell completes commands and options from their text, without a process. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.js';
import { ringwireProcess } from './ringwire-command.js';

/** Each program completes the words that follow it, and prints one candidate a line. */
const SHELLS = {
  bash: `source "$SCRIPT"
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    _ringwire
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  // As bashcompinit calls the function: with these options, and the shell selects the candidates that fit.
  zsh: `autoload -U +X compinit && compinit -u -D
    source "$SCRIPT"
    complete() {
      emulate -L sh
      setopt kshglob noshglob braceexpand ksharrays
      COMP_WORDS=("$@")
      COMP_CWORD=$(($# - 1))
      _ringwire
      last=\${COMP_WORDS[COMP_CWORD]}
      for reply in "\${COMPREPLY[@]}"; do [[ $reply != "$last"* ]] || printf '%s\\n' "$reply"; done
    }
    complete "$@"`,
  fish: `source $SCRIPT
    complete -C "$argv" | string replace -r '\\t.*' ''
    true`,
} as const;

const WORDS: [typed: string[], candidates: string[]][] = [
  [
    ['ringwire', 'st'],
    ['stat', 'struct'],
  ],
  [['ringwire', 'ctl', 'rest'], ['restart']],
  [['ringwire', 'tail', '--from'], ['--from']],
];

it.for(Object.entries(SHELLS))('%s starts neither Node nor ringwire', async ([shell, program], { skip }) => {
  if (spawnSync(shell, ['-c', 'true']).error !== undefined) {
    process.stderr.write(`skipped: completion in ${shell}: the shell is not installed\n`);
    return skip(`no ${shell}`);
  }
  const folder = temporaryFolder();
  const script = path.join(folder, 'completion');
  fs.writeFileSync(script, (await ringwireProcess(['completion', shell])).stdout);
  const mark = path.join(folder, 'started');
  for (const name of ['node', 'ringwire', 'npx'])
    fs.writeFileSync(path.join(folder, name), `#!/bin/sh\necho ${name} >> "${mark}"\n`, { mode: 0o755 });
  const env = { ...process.env, SCRIPT: script, PATH: `${folder}:${process.env['PATH']}`, HOME: folder };
  for (const [typed, candidates] of WORDS) {
    const args = shell === 'fish' ? [typed.join(' ')] : [shell, ...typed];
    const { status, stdout, stderr } = spawnSync(shell, ['-c', program, ...args], { env, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trim().split('\n').sort(), typed.join(' ')).toEqual(candidates);
  }
  expect(fs.existsSync(mark)).toBe(false);
});
