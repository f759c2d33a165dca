/**
 * Runs the same programs on each runtime, and between each two, and writes the table of docs/runtimes.md.
 *
 * node test/runtimes/run.mjs [--folder FOLDER] [--small] [--write] [NAME...]
 *
 * FOLDER: where runtimes are installed, default ringwire-runtimes in the folder for temporary files. `--small`: no pairs
 * but those with the Node that runs this script. `--write`: updates the document. NAME: runtimes of runtimes.mjs,
 * default all.
 */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { prepare, RUNTIMES, UNTESTED } from './runtimes.mjs';
import { featureTable, pairTable, writeDocument } from './table.mjs';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
/** A program that hangs is ended. */
const LONGEST_MILLIS = 120_000;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    folder: { type: 'string', default: path.join(os.tmpdir(), 'ringwire-runtimes') },
    small: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
for (const name of positionals) {
  if (!(name in RUNTIMES)) {
    throw new Error(`unknown runtime '${name}'; expected one of ${Object.keys(RUNTIMES).join(', ')}`);
  }
}

/** Starts a program of a runtime in the user's folder. @returns its process and its verdict */
function start(runtime, user, args) {
  const [program, ...first] = runtime.command;
  const child = spawn(program, [...first, ...args], {
    cwd: user,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MILLIS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  const verdict = new Promise((resolve) => {
    child.on('error', (error) => resolve(`fails: ${error.message}`));
    child.on('close', (status, signal) => resolve(verdictOf(status, signal, output)));
  });
  return { child, verdict };
}

function verdictOf(status, signal, output) {
  if (status === 0) return 'works';
  const refused = /UNSUPPORTED_PLATFORM|NATIVE_MODULE_MISSING/.exec(output);
  if (refused !== null) return `refused: \`${refused[0]}\``;
  const line =
    output.split('\n').find((text) => /error|panic|fault/i.test(text)) ?? output.trim().split('\n').at(-1);
  return `fails: ${signal ?? line}`;
}

const folders = [];
function newFolder() {
  const folder = fs.mkdtempSync(path.join(fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'ringwire-'));
  folders.push(folder);
  return folder;
}

/** A writer and a reader of one kind of channel, each on a runtime. */
async function exchange(kind, writing, reading, user) {
  const root = newFolder();
  const reader = start(reading, user, ['programs/read.mjs', kind, root]);
  const writer = start(writing, user, ['programs/write.mjs', kind, root]);
  const verdicts = await Promise.all([writer.verdict, reader.verdict]);
  return verdicts.find((verdict) => verdict !== 'works') ?? 'works';
}

/** An agent and an observer: the agent is ended when the observer has heard it. */
async function beats(agentRuntime, observerRuntime, user) {
  const socket = path.join(newFolder(), 's');
  const observer = start(observerRuntime, user, ['programs/observe.mjs', socket]);
  const agent = start(agentRuntime, user, ['programs/beat.mjs', socket]);
  observer.child.stdout.on('data', (text) => text.includes('heard') && agent.child.kill('SIGKILL'));
  const verdict = await observer.verdict;
  agent.child.kill('SIGKILL');
  await agent.verdict;
  return verdict;
}

const alone = (program) => (runtime, user) => start(runtime, user, [program, newFolder()]).verdict;
const FEATURES = {
  log: (runtime, user) => exchange('log', runtime, runtime, user),
  ring: (runtime, user) => exchange('ring', runtime, runtime, user),
  journal: (runtime, user) => exchange('journal', runtime, runtime, user),
  doorbell: (runtime, user) => exchange('doorbell', runtime, runtime, user),
  streams: alone('programs/streams.mjs'),
  'health socket': (runtime, user) => beats(runtime, runtime, user),
  control: alone('programs/control.mjs'),
  supervisor: alone('programs/supervisor.mjs'),
  Aeron: alone('programs/aeron.mjs'),
  CLI: async (runtime, user) => {
    const root = newFolder();
    const written = await start(runtime, user, ['programs/write.mjs', 'log', root]).verdict;
    if (written !== 'works') return written;
    return start(runtime, user, ['node_modules/ringwire/dist/cli/main.js', 'verify', '7', '--root', root])
      .verdict;
  },
};

/** Everything that two processes exchange. */
async function pair(writing, reading, user) {
  for (const kind of ['log', 'ring', 'journal', 'doorbell']) {
    const verdict = await exchange(kind, writing, reading, user);
    if (verdict !== 'works') return `${kind} ${verdict}`;
  }
  const verdict = await beats(writing, reading, user);
  return verdict === 'works' ? verdict : `health socket ${verdict}`;
}

/** A folder with the packed package, installed as a user does. */
function userFolder() {
  const user = fs.mkdtempSync(path.join(os.tmpdir(), 'ringwire-user-'));
  folders.push(user);
  const npm = (args, cwd) =>
    execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  npm(['pack', '--ignore-scripts', '--silent', '--pack-destination', user], REPOSITORY);
  const tarball = fs.readdirSync(user).find((name) => name.endsWith('.tgz'));
  fs.writeFileSync(path.join(user, 'package.json'), '{ "private": true, "type": "module" }');
  npm(['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent', `./${tarball}`], user);
  fs.cpSync(path.join(import.meta.dirname, 'programs'), path.join(user, 'programs'), { recursive: true });
  return user;
}

const say = (text) => process.stdout.write(`${text}\n`);
const names = positionals.length > 0 ? positionals : Object.keys(RUNTIMES);
let failures = 0;
try {
  const user = userFolder();
  const runtimes = new Map(names.map((name) => [name, prepare(name, options.folder)]));
  const features = new Map();
  const pairs = new Map();
  for (const [name, runtime] of runtimes) {
    const row = new Map();
    features.set(name, row);
    if (runtime.reason !== undefined) {
      say(`${name}: untested, because ${runtime.reason}`);
      continue;
    }
    for (const [feature, attempt] of Object.entries(FEATURES)) {
      const verdict = await attempt(runtime, user);
      row.set(feature, verdict);
      if (verdict.startsWith('fails')) failures++;
      say(`${name}: ${feature}: ${verdict}`);
    }
  }
  const host = { command: [process.execPath], version: process.version };
  const tried = [...runtimes].filter(([, runtime]) => runtime.reason === undefined);
  const pairsOf = options.small
    ? tried.flatMap(([name, runtime]) => [
        [name, runtime, 'this Node', host],
        ['this Node', host, name, runtime],
      ])
    : tried.flatMap(([writer, writing]) =>
        tried.map(([reader, reading]) => [writer, writing, reader, reading]),
      );
  for (const [writer, writing, reader, reading] of pairsOf) {
    if (writer === reader) continue;
    const verdict = await pair(writing, reading, user);
    pairs.set(`${writer} to ${reader}`, verdict);
    if (verdict.includes('fails')) failures++;
    say(`${writer} to ${reader}: ${verdict}`);
  }
  if (options.write) {
    const table = featureTable(Object.keys(FEATURES), runtimes, features, UNTESTED);
    writeDocument(path.join(REPOSITORY, 'docs/runtimes.md'), `${table}\n\n${pairTable(tried, pairs)}`);
  }
} finally {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
}
say(`${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;
