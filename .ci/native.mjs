/**
 * Copies the native module into dist/native: builds of koffi for Linux, one for each processor and C library.
 *
 * The builds for this processor come from node_modules. Those for the other one come from the registry, with the
 * version and the checksum of package-lock.json.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const REPOSITORY = path.resolve(import.meta.dirname, '..');
const TARGET = path.join(REPOSITORY, 'dist/native');
const PROCESSORS = ['x64', 'arm64'];
const C_LIBRARIES = { glibc: (cpu) => `linux_${cpu}`, musl: (cpu) => `musl_${cpu}` };

/** Copies the builds of one unpacked package. */
function copy(folder, cpu) {
  for (const [library, build] of Object.entries(C_LIBRARIES)) {
    const target = path.join(TARGET, `linux-${cpu}-${library}.node`);
    // A running process may have the old file mapped: replace it, never write into it.
    fs.copyFileSync(path.join(folder, build(cpu), 'koffi.node'), `${target}.new`);
    fs.chmodSync(`${target}.new`, 0o644);
    fs.renameSync(`${target}.new`, target);
  }
}

/** Packs a package of the registry into a temporary folder and unpacks it. @returns the folder of the package */
function fetch(name, into) {
  const lock = JSON.parse(fs.readFileSync(path.join(REPOSITORY, 'package-lock.json'), 'utf8'));
  const { version, integrity } = lock.packages[`node_modules/${name}`];
  const args = [
    'pack',
    `${name}@${version}`,
    '--json',
    '--silent',
    '--prefer-offline',
    '--pack-destination',
    into,
  ];
  const [packed] = JSON.parse(execFileSync('npm', args, { cwd: into, encoding: 'utf8' }));
  if (packed.integrity !== integrity)
    throw new Error(`${name}: checksum ${packed.integrity}, expected ${integrity}`);
  execFileSync('tar', ['-xzf', packed.filename.split('/').at(-1)], { cwd: into });
  return path.join(into, 'package');
}

/** `all`: also the builds for the other processor. */
export function copyNative({ all }) {
  fs.mkdirSync(TARGET, { recursive: true });
  for (const cpu of PROCESSORS) {
    const name = `@koromix/koffi-linux-${cpu}`;
    const installed = path.join(REPOSITORY, 'node_modules', name);
    if (fs.existsSync(installed)) copy(installed, cpu);
    else if (all) {
      const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'ringwire-native-'));
      try {
        copy(fetch(name, temporary), cpu);
      } finally {
        fs.rmSync(temporary, { recursive: true });
      }
    }
  }
  fs.copyFileSync(path.join(REPOSITORY, 'node_modules/koffi/LICENSE.txt'), path.join(TARGET, 'LICENSE.txt'));
}
