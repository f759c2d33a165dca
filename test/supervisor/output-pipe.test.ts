/** Bytes from a pipe to a log are neither lost nor repeated, after the death of a process and with a full disk. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { OutputPipe } from '../../src/supervisor/output/output-pipe.js';
import { PipeWatch } from '../../src/supervisor/output/pipe-watch.js';
import { child } from '../child.js';
import { temporaryFolder } from '../temporary.js';
import { managedFolder, shell, supervise, WHILE_TESTED } from './supervised.js';

const MANAGER = new URL('./processes/dying-manager.mjs', import.meta.url);
const PIECE = 65_536;

/** A log in memory, and the pipe before it; `reopen` is what the next manager does. */
function pipeline(folder = temporaryFolder()) {
  const fifo = path.join(folder, 'p.stdout');
  execFileSync('mkfifo', [fifo]);
  const pieces: string[] = [];
  const sink = {
    get appended() {
      return pieces.length;
    },
    longestPiece: PIECE,
    append: (bytes: Buffer) => void pieces.push(bytes.toString('latin1')),
  };
  const child = fs.openSync(fifo, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
  onTestFinished(() => fs.closeSync(child));
  const open = () => {
    const pipe = new OutputPipe(fifo, sink);
    onTestFinished(() => pipe.close());
    return pipe;
  };
  return { fifo, pieces, child, open, text: () => pieces.join('') };
}

describe('a manager that is killed', () => {
  it.each(['before', 'after'])(
    '%s a piece of output is in the log neither loses nor repeats a byte',
    async (point) => {
      const folder = managedFolder();
      const count = `i=0; while ${WHILE_TESTED}; do echo "line $i"; i=$((i+1)); sleep 0.002; done`;
      const spec = { id: 'p', ...shell(count) };
      for (const nth of [1, 2, 5]) {
        const manager = child(MANAGER, folder, JSON.stringify(spec), point, nth);
        expect((await once(manager, 'exit'))[1]).toBe('SIGKILL');
      }
      const { manager } = await supervise({ runtimeDir: folder });
      await manager.register({ ...spec, stopTimeoutMs: 500 });
      expect(manager.statusOf('p').state).toBe('running');
      await manager.stop('p');
      const lines = manager.logsSnapshot('p', 0)?.toString().split('\n').slice(0, -1) ?? [];
      expect(lines.length).toBeGreaterThan(4);
      expect(lines).toEqual(lines.map((_, i) => `line ${i}`));
    },
  );
});

describe('the pipe of an output', () => {
  it('delivers the bytes in order, also more than it holds', async () => {
    const { pieces, child, open, text } = pipeline();
    open();
    let expected = '';
    for (let round = 0; expected.length < 12 * PIECE; round++) {
      const data = Buffer.alloc(1 + ((round * 7919) % PIECE), `${round} `);
      for (let at = 0; at < data.length; ) {
        try {
          at += fs.writeSync(child, data, at);
        } catch {
          await new Promise(setImmediate);
        }
      }
      expected += data.toString();
    }
    while (text().length < expected.length) await new Promise(setImmediate);
    expect(text()).toBe(expected);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(PIECE);
  });

  it('empties the file beside it at intervals', async () => {
    const { fifo, child, open } = pipeline();
    const pipe = open();
    for (let i = 0; i < 40; i++) {
      fs.writeSync(child, Buffer.alloc(PIECE));
      pipe.drain();
      expect(fs.statSync(`${fifo}.spool`).size).toBeLessThanOrEqual(5 * PIECE);
    }
  });

  it.each(['garbage', '', '\0'.repeat(16), '\xff'.repeat(100)])(
    'takes no harm from a file that says %j',
    async (content) => {
      const { fifo, child, open, text } = pipeline();
      fs.writeFileSync(`${fifo}.spool`, content, 'latin1');
      fs.writeSync(child, 'hello');
      open().drain();
      expect(text()).toBe('hello');
      open().drain();
      expect(text()).toBe('hello');
    },
  );

  it('works without the file when it cannot be created', () => {
    const { fifo, child, open, text } = pipeline();
    fs.mkdirSync(`${fifo}.spool`);
    fs.writeSync(child, 'hello');
    open().drain();
    expect(text()).toBe('hello');
  });

  it('works without the file when its disk is full', () => {
    const folder = temporaryFolder();
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    if (status !== 0) {
      process.stderr.write('skipped: no small file system may be mounted here\n');
      return;
    }
    onTestFinished(() => void spawnSync('umount', ['-l', folder]));
    const { child, open, text } = pipeline(folder);
    const pipe = open();
    const sent: string[] = [];
    for (const letter of 'abcdefgh') {
      const data = letter.repeat(PIECE);
      sent.push(data);
      fs.writeSync(child, data);
      pipe.drain();
    }
    expect(text() === sent.join('')).toBe(true);
  });
});

describe('the watch over a pipe', () => {
  it.each([true, false])('reports until the pipe is empty (handle used: %s)', async (reuse) => {
    const { fifo, child } = pipeline();
    const buffer = Buffer.alloc(4);
    let text = '';
    const watch = new PipeWatch(
      fifo,
      () => (text += buffer.toString('latin1', 0, fs.readSync(child, buffer))),
      reuse,
    );
    onTestFinished(() => watch.close());
    for (const word of ['a word', ' and a longer one']) {
      const goal = text + word;
      fs.writeSync(child, word);
      while (text.length < goal.length) await new Promise(setImmediate);
      expect(text).toBe(goal);
    }
  });

  it('uses the handle on this Node', async () => {
    const { fifo, child } = pipeline();
    const before = fs.readdirSync('/proc/self/fd').length;
    let times = 0;
    const watch = new PipeWatch(fifo, () => times++);
    fs.writeSync(child, 'x');
    const { ino } = fs.statSync(fifo);
    const own = () =>
      fs
        .readdirSync('/proc/self/fd')
        .filter((fd) => fs.statSync(`/proc/self/fd/${fd}`, { throwIfNoEntry: false })?.ino === ino);
    const first = own();
    while (times < 50) await new Promise(setImmediate);
    expect(own()).toEqual(first);
    watch.close();
    expect(fs.readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before);
  });
});
