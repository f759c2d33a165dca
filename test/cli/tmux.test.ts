/** hz, top, record and replay as their users see them: in a real terminal, whose screen is read. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RingReader, RingWriter } from '../../src/channel/index.js';
import { RecordingReader } from '../../src/recording/recording-reader.js';
import { RING } from '../channel/ring/ring-under-test.js';
import { memoryFolder } from '../temporary.js';
import { MAIN } from './ringwire-command.js';
import { hasTmux, TmuxTerminal } from './tmux.js';

if (!hasTmux) process.stderr.write('skipped: tests in a real terminal need tmux\n');

const ESCAPE = '\u001b';
const LIVE = { ...RING, capacity: 65_536, maxMessageLength: 100, timeout: 60_000 };

/** A ring that gets a record every 10 milliseconds as long as the test runs. */
function steadyRing(root: string, options: Partial<typeof LIVE> = {}): RingWriter {
  const writer = RingWriter.create(root, { ...LIVE, ...options });
  const timer = setInterval(() => writer.write(Buffer.from('a steady record')), 10);
  onTestFinished(() => {
    clearInterval(timer);
    writer.close();
  });
  return writer;
}

describe.skipIf(!hasTmux)('in a real terminal', () => {
  test('hz prints a line per second, and a summary at Ctrl-C', async () => {
    const root = memoryFolder();
    steadyRing(root);
    const terminal = await TmuxTerminal.open(90, 24);
    await terminal.type(`ringwire hz 7 -r ${root}; echo code $?`);
    const line =
      /^ +[\d.]+\/s +[\d.]+ k?(?:bytes|B)\/s +15 15 15 +[\d.]+ [mµ]?s [\d.]+ [mµ]?s [\d.]+ [mµ]?s +0$/m;
    await terminal.until(
      (screen) => (screen.match(new RegExp(line, 'gm'))?.length ?? 0) >= 2,
      /records +bytes +bytes p50 p99 max +gap p50 p99 max +lost/,
    );
    await terminal.press('C-c');
    await terminal.until(
      /code 130/,
      /channel +7, for [\d.]+ s\n +records +\d+, [\d.]+ records\/s/,
      /size +min 15, p50 15, p99 15, max 15 bytes/,
      /lost +0/,
    );
  });

  test('top shows channels, rates and readers, follows the size of the terminal, and restores it', async () => {
    const root = memoryFolder();
    const writer = steadyRing(root);
    using held = RingWriter.create(root, { ...RING, channelId: 8, policy: 'back-pressure', timeout: 60_000 });
    using reader = RingReader.open(root, 8, { name: 'sleeper' });
    for (let i = 0; i < 40; i++) held.write(Buffer.alloc(8));
    const terminal = await TmuxTerminal.open(120, 12);
    await terminal.type('echo before');
    await terminal.type(`ringwire top -i 200ms -r ${root}; echo code $?`);

    await terminal.until(
      /7 +ring +alive +[1-9][\d.]* /,
      /^ringwire top {2}sort: id {2}2 channels {2}\S+ +\d\d:\d\d:\d\d$/m,
      /CHANNEL +KIND +STATE +RECORDS\/S +BYTES\/S +LAG +LOST +LEVEL +HISTORY/,
      /8 +ring +alive +0 +0 bytes +640 bytes +0 +█{5}░{3} +62 %/,
      /└ sleeper \(\d+\) +active +640 bytes +0 +█{5}░{3} +62 %/,
      /q quit/,
      (screen) => !screen.includes('before'),
    );
    expect(await terminal.modes()).toEqual({ alternate: true, cursor: false });
    // Each second adds a bar to the history.
    await terminal.until(/7 +ring .*[▁▂▃▄▅▆▇█]{2}$/m);
    while (reader.tryRead() !== null);
    await terminal.until(/└ sleeper \(\d+\) +active +0 bytes +0 +░{8} +0 %/);

    await terminal.resize(80, 12);
    await terminal.until(
      (screen) => !screen.includes('LEVEL') && screen.includes('q quit'),
      /CHANNEL +(KIND +)?STATE +RECORDS\/S +(BYTES\/S +)?LAG +LOST/,
    );
    await terminal.resize(40, 4);
    await terminal.until(
      /more below/,
      (screen) => screen.split('\n').filter((line) => line !== '').length === 4,
    );
    await terminal.press('Down');
    await terminal.until((screen) => !/^. +7 /m.test(screen));
    await terminal.resize(120, 12);
    await terminal.until(/LEVEL[\s\S]* 7 +ring[\s\S]*sleeper/);

    await terminal.press('q');
    await terminal.until(/code 0/, /^before$/m, (screen) => !screen.includes('CHANNEL'));
    expect(await terminal.modes()).toEqual({ alternate: false, cursor: true });
    expect(writer.readers).toEqual([]);
  });

  test.each([80, 120])('top sorts, filters, and shows details and help at %i columns', async (columns) => {
    const root = memoryFolder();
    steadyRing(root);
    steadyRing(root, { channelId: 12 });
    using _idle = RingWriter.create(root, { ...LIVE, channelId: 3 });
    using _reader = RingReader.open(root, 12, {
      name: 'a reader with a name that is longer than its column',
    });
    const terminal = await TmuxTerminal.open(columns, 24);
    await terminal.type(`ringwire top -i 100ms -r ${root}; echo code $?`);
    await terminal.until(
      /^> 3 [\s\S]*^ {2}7 .*alive +[1-9]/m,
      /CHANNEL +(KIND +)?STATE +RECORDS\/S +BYTES\/S +LAG +LOST/,
      /└ a reader with a name? ?t?h?a?t?.*… +observing +[\d.]+ \S+ +\d+/,
    );

    await terminal.press('s');
    await terminal.until(/^ringwire top {2}sort: rate[\s\S]*^> 3 /m);
    await terminal.press('s');
    await terminal.until(/sort: lag[\s\S]*^ {2}12 [\s\S]*^> 3 /m);

    await terminal.press('/');
    await terminal.press('1');
    await terminal.until(/filter: 1 [\s\S]*^> 12 [\s\S]*^\/1_/m, (screen) => !/^. 7 /m.test(screen));
    await terminal.press('Escape');
    await terminal.until(/^. 7 [\s\S]*s sort/m, (screen) => !screen.includes('filter:'));

    await terminal.press('k');
    await terminal.press('k');
    await terminal.press('Up');
    await terminal.until(/^> 12 /m);
    await terminal.press('Enter');
    await terminal.until(
      /channel +12, ring[\s\S]*last minute +[▁▂▃▄▅▆▇█]/,
      /state +alive\n.*file +\S+\n/,
      /capacity +64 KiB\n/,
      /READER +PID +STATE +LAG +RECORDS +LOST/,
      /a reader with a name that .* +observing +/,
    );
    await terminal.press('Escape');
    await terminal.until(/^> 12 /m);

    await terminal.press('?');
    await terminal.until(/arrows, j, k/, /LAG: bytes that a reader has not read/);
    await terminal.press('?');
    await terminal.until(/^> 12 /m);
    await terminal.press('q');
    await terminal.until(/code 0/);
  });

  test.each([80, 120])('the table of stat fits %i columns', async (columns) => {
    const root = memoryFolder();
    using writer = RingWriter.create(root, { ...LIVE, policy: 'back-pressure' });
    using _reader = RingReader.open(root, 7, { name: 'a reader with a name that is longer than its column' });
    writer.write(Buffer.from('one'));
    const terminal = await TmuxTerminal.open(columns, 30);
    await terminal.type(`ringwire stat 7 -r ${root} && echo code $?`);
    await terminal.until(
      /^code 0$/m,
      /^ *slot +pid +name +state +position +lag +(of the capacity +)?laps +lost$/m,
      /^ *0 +\d+ +a reader with a .*… +active +0 +16 bytes .* 0$/m,
    );
  });

  test('top gives the terminal back at an error that nothing catches', async () => {
    const root = memoryFolder();
    steadyRing(root);
    const terminal = await TmuxTerminal.open(80, 20);
    const pidFile = path.join(root, 'pid');
    // The signal is the event at which it fails.
    const failing = `data:text/javascript,process.on("SIGUSR2",()=>{throw new Error("boom")})`;
    const command = `exec ${process.execPath} --import '${failing}' ${MAIN} top -r ${root}`;
    await terminal.type(`sh -c "echo \\$\\$ > ${pidFile}; ${command.replaceAll('"', '\\"')}"; echo code $?`);
    await terminal.until(/7 +(ring +)?alive/);
    process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGUSR2');
    expect(await terminal.until(/^code \d+$/m)).toContain('boom');
    expect(await terminal.modes()).toEqual({ alternate: false, cursor: true });
    await terminal.type('echo "typed and" seen');
    await terminal.until(/^typed and seen$/m);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('top gives the terminal back at %s', async (signal, code) => {
    const root = memoryFolder();
    steadyRing(root);
    const terminal = await TmuxTerminal.open(80, 12);
    const pidFile = path.join(root, 'pid');
    const command = `exec ${process.execPath} ${MAIN} top -r ${root}`;
    await terminal.type(`sh -c 'echo $$ > ${pidFile}; ${command}'; echo code $?`);
    await terminal.until(/7 +(ring +)?alive/);
    expect(await terminal.modes()).toEqual({ alternate: true, cursor: false });
    process.kill(Number(readFileSync(pidFile, 'utf8')), signal);
    await terminal.until(new RegExp(`^code ${code}$`, 'm'));
    expect(await terminal.modes()).toEqual({ alternate: false, cursor: true });
    await terminal.type('echo "typed and" seen');
    await terminal.until(/^typed and seen$/m);
  });

  test('top can be suspended and resumed, and has no colors with NO_COLOR', async () => {
    const root = memoryFolder();
    steadyRing(root);
    const terminal = await TmuxTerminal.open(80, 12, { NO_COLOR: '1' });
    await terminal.type(`${process.execPath} ${MAIN} top -r ${root}`);
    await terminal.until(/7 +(ring +)?alive/);
    expect(await terminal.screen(true)).not.toContain(`${ESCAPE}[`);
    await terminal.press('C-z');
    await terminal.until(/Stopped/);
    expect(await terminal.modes()).toEqual({ alternate: false, cursor: true });
    await terminal.clear();
    await terminal.type('fg');
    await terminal.until(/7 +(ring +)?alive/);
    expect(await terminal.modes()).toEqual({ alternate: true, cursor: false });
    await terminal.press('q');
    await terminal.until(/^ready>$/m);
    expect(await terminal.modes()).toEqual({ alternate: false, cursor: true });
  });

  test('record shows progress and a summary at Ctrl-C; replay keeps the recorded pace', async () => {
    const root = memoryFolder();
    steadyRing(root);
    const file = path.join(root, 'stream.rec');
    const terminal = await TmuxTerminal.open(100, 20);
    await terminal.type(`ringwire record 7 ${file} --from now -r ${root}; echo code $?`);
    // The live line comes after a second.
    await terminal.until((screen) => {
      const [, shown] = /(\d+) records, [\d.]+ k?(?:B|bytes), [\d.]+ records\/s/.exec(screen) ?? [];
      return Number(shown) > 30;
    });
    await terminal.press('C-c');
    await terminal.until(/code 130/, /recorded +\d+ records, .*\n +end +stopped/);
    const times = await timesIn(file);
    expect(times.length).toBeGreaterThan(30);

    await terminal.clear();
    await terminal.type(`ringwire replay ${file} 8 -r ${root} --json; echo code $?`);
    const replayed = await terminal.until(/code 0/);
    expect(Number(/"records": (\d+)/.exec(replayed)?.[1])).toBe(times.length);
    const span = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1e9;
    expect(Number(/"seconds": ([\d.]+)/.exec(replayed)?.[1])).toBeGreaterThanOrEqual(span);
    using reader = RingReader.open(root, 8);
    for (const _ of times) expect(reader.tryRead()?.toString()).toBe('a steady record');
    expect(reader.tryRead()).toBeNull();
  });
});

/** When each record of a recording came, in nanoseconds since its beginning. */
async function timesIn(file: string): Promise<number[]> {
  using recording = await RecordingReader.open(file);
  const times: number[] = [];
  for (let entry = await recording.next(); entry !== null; entry = await recording.next()) {
    times.push(entry.nanos);
  }
  return times;
}
