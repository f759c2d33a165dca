import { existsSync, mkdirSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { channelPaths } from '../../src/channel/index.js';
import { finished, ringwire, start } from './ringwire-command.js';
import { appeared, leftBehind, temporaryRoot } from './temporary-root.js';

const DATA = 1024;

/** A closed channel with three records. */
async function closedChannel(root: string, id: string): Promise<void> {
  await ringwire(['write', id, '-r', root, '-c', '16K', '--writer-id', '0xffffffffffffffff'], {
    input: 'a\nbb\nccc\n',
  });
}

/** A channel whose writer was killed after one record. */
async function deadChannel(root: string, id: string): Promise<void> {
  const writer = await liveChannel(root, id);
  const gone = finished(writer);
  writer.kill('SIGKILL');
  await gone;
}

/** A channel with one record and a writer that waits for more input, silently. */
async function liveChannel(root: string, id: string): Promise<ReturnType<typeof start>> {
  const options = ['-c', '16K', '--timeout', '300ms', '--heartbeat-every', 'never'];
  const writer = start(['write', id, '-r', root, ...options]);
  writer.stdin.write('one\n');
  await ringwire(['tail', id, '-r', root, '--wait', '--limit', '1']);
  return writer;
}

function damage(root: string, id: number, offset: number, bytes: Buffer): void {
  writeSync(openSync(channelPaths(root, id).file, 'r+'), bytes, 0, bytes.length, offset);
}

describe('stat', () => {
  test('prints header, records and positions as JSON, with 64-bit numbers as strings', async () => {
    const root = temporaryRoot();
    await closedChannel(root, '0xfffffffffffffffe');
    const { code, stdout } = await ringwire(['stat', '18446744073709551614', '-r', root, '--json']);
    const status = JSON.parse(stdout);
    expect(status).toMatchObject({
      channelId: '18446744073709551614',
      state: 'closed',
      end: 'closed',
      records: 3,
      payloadBytes: 6,
      heartbeats: 0,
      position: 48,
      lastRecord: { position: 32, length: 3 },
      layout: 'full',
      error: null,
    });
    expect(status.header).toMatchObject({
      writerId: '18446744073709551615',
      capacity: 16384,
      maxMessageLength: 120,
      timeout: '10000000000',
      tickName: 'nanoseconds',
    });
    expect(status.fill).toBeCloseTo(48 / 16384);
    expect(code).toBe(0);
  });

  test('prints fields with a bar for people', async () => {
    const root = temporaryRoot();
    await closedChannel(root, '1');
    const { stdout } = await ringwire(['stat', '1', '-r', root]);
    expect(stdout).toMatch(/state +closed/);
    expect(stdout).toMatch(/records +3, 6 bytes, the last one at 32/);
    expect(stdout).toMatch(/fill +█░{19} 0\.3 % of 16 KiB/);
    expect(stdout).toMatch(/timeout +10 s, counted in nanoseconds/);
  });

  test('reports a live writer and its process, and with --observe that it is late', async () => {
    const root = temporaryRoot();
    const writer = await liveChannel(root, '1');
    const now = JSON.parse((await ringwire(['stat', '1', '-r', root, '--json'])).stdout);
    expect(now).toMatchObject({ state: 'alive', writer: 'alive', owner: { pid: writer.pid } });
    const observed = await ringwire(['stat', '1', '-r', root, '--json', '--observe']);
    expect(JSON.parse(observed.stdout)).toMatchObject({ state: 'late', writer: 'alive' });
    writer.kill();
    await finished(writer);
  });

  test('accepts the path of a channel file instead of its id', async () => {
    const root = temporaryRoot();
    await closedChannel(root, '7');
    const { stdout } = await ringwire(['stat', channelPaths(root, 7).file, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ channelId: '7', records: 3 });
  });

  test('ends with 2 and an error of one line when the channel does not exist', async () => {
    const root = temporaryRoot();
    const missing = await ringwire(['stat', '1', '-r', root]);
    expect(missing).toMatchObject({ code: 2, stdout: '' });
    expect(missing.stderr).toMatch(/^ringwire: STORAGE_NOT_FOUND: [^\n]+\n$/);
    const json = await ringwire(['stat', '1', '-r', root, '--json']);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'STORAGE_NOT_FOUND' } });
  });
});

describe('ls', () => {
  test('lists every state a channel can be in', async () => {
    const root = temporaryRoot();
    await closedChannel(root, '1');
    await deadChannel(root, '2');
    const writer = await liveChannel(root, '3');
    await closedChannel(root, '4');
    damage(root, 4, DATA, Buffer.alloc(8, 0xee));
    await closedChannel(root, '5');
    writeFileSync(channelPaths(root, 5).lock, '');
    await closedChannel(root, '0xabcd000000000006');
    const listed = await ringwire(['ls', '-r', root, '--json', '--observe']);
    const states = (JSON.parse(listed.stdout) as { channelId: string; state: string }[]).map(
      ({ channelId, state }) => [channelId, state],
    );
    expect(states).toEqual([
      ['1', 'closed'],
      ['2', 'dead'],
      ['3', 'late'],
      ['4', 'damaged'],
      ['5', 'not-ready'],
      [String(0xabcd000000000006n), 'closed'],
    ]);
    const table = await ringwire(['ls', '-r', root]);
    expect(table.stdout).toMatch(/channel +kind +state +records +fill +size +age +readers +owner/);
    expect(table.stdout).toMatch(
      new RegExp(`3 +log +alive +1 +0\\.\\d % +\\d+ KiB +\\d+[smhd] +${writer.pid}`),
    );
    expect(table.stdout).toMatch(/^6 channels: 2 closed, 1 dead, 1 alive, 1 damaged, 1 not-ready; \d/m);
    expect(table.code).toBe(0);
    writer.kill();
    await finished(writer);
  });

  test('lists nothing in an empty root, and fails when the root does not exist', async () => {
    const root = temporaryRoot();
    expect(await ringwire(['ls', '-r', root])).toMatchObject({ code: 0, stdout: '' });
    expect(JSON.parse((await ringwire(['ls', '-r', root, '--json'])).stdout)).toEqual([]);
    expect((await ringwire(['ls', '-r', path.join(root, 'none')])).code).toBe(2);
  });

  test('takes the root from the environment; the option has priority', async () => {
    const [here, there] = [temporaryRoot(), temporaryRoot()];
    await closedChannel(here, '1');
    const env = { RINGWIRE_ROOT: here };
    expect(JSON.parse((await ringwire(['ls', '--json'], { env })).stdout)).toHaveLength(1);
    expect(JSON.parse((await ringwire(['ls', '--json', '-r', there], { env })).stdout)).toHaveLength(0);
  });
});

describe('verify', () => {
  test('ends with 0 for a sound channel, closed or not', async () => {
    const root = temporaryRoot();
    await closedChannel(root, '1');
    await deadChannel(root, '2');
    const closed = await ringwire(['verify', '1', '-r', root]);
    expect(closed.stdout).toMatch(/verdict +sound/);
    expect(closed.code).toBe(0);
    const open = await ringwire(['verify', '2', '-r', root, '--json']);
    expect(JSON.parse(open.stdout)).toMatchObject({ verdict: 'sound', end: 'open', records: 1 });
    expect(open.code).toBe(0);
  });

  test('ends with 1 for damage, after counting the sound records before it', async () => {
    const root = temporaryRoot();
    await closedChannel(root, '1');
    damage(root, 1, DATA + 32, Buffer.from('efbeadde00000000', 'hex'));
    const { code, stdout } = await ringwire(['verify', '1', '-r', root, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'damaged',
      end: 'corrupt',
      records: 2,
      position: 32,
      error: { code: 'CORRUPT_CHANNEL', word: String(0xdeadbeef) },
    });
    expect(code).toBe(1);
    // Reading it gives the sound records first, and the same exit code.
    expect(await ringwire(['cat', '1', '-r', root])).toMatchObject({ code: 1, stdout: 'a\nbb\n' });
    expect(await ringwire(['tail', '1', '-r', root])).toMatchObject({ code: 1, stdout: 'a\nbb\n' });
  });

  test('ends with 1 for a file that was cut at any position', async () => {
    const root = temporaryRoot();
    for (const [id, length] of [
      ['1', 1040],
      ['2', 100],
      ['3', 0],
    ] as const) {
      await closedChannel(root, id);
      truncateSync(channelPaths(root, Number(id)).file, length);
      const { code, stdout } = await ringwire(['verify', id, '-r', root]);
      expect(stdout).toMatch(/verdict +damaged/);
      expect(stdout).toMatch(/error +STORAGE_TRUNCATED: /);
      expect(code).toBe(1);
    }
  });

  test('ends with 2 for a channel that cannot be read', async () => {
    const root = temporaryRoot();
    const missing = await ringwire(['verify', '1', '-r', root]);
    expect(missing.stdout).toMatch(/verdict +unreadable/);
    expect(missing.code).toBe(2);
    mkdirSync(channelPaths(root, 2).file, { recursive: true });
    expect((await ringwire(['verify', '2', '-r', root])).code).toBe(2);
    expect((await ringwire(['verify'])).code).toBe(2);
    expect((await ringwire(['verify', 'seven', '-r', root])).code).toBe(2);
  });
});

describe('recover', () => {
  test('reports without a change, then closes, then has nothing to do', async () => {
    const root = temporaryRoot();
    await deadChannel(root, '1');
    const report = await ringwire(['recover', '1', '-r', root, '--json']);
    expect(JSON.parse(report.stdout)).toMatchObject({ dryRun: true, records: 1, end: 'open', actions: [] });
    expect(report.code).toBe(0);
    const plan = await ringwire(['recover', '1', '-r', root, '--close', '--dry-run']);
    expect(plan.stdout).toMatch(/would do +write the end marker/);
    expect(JSON.parse((await ringwire(['stat', '1', '-r', root, '--json'])).stdout).state).toBe('dead');
    const closed = await ringwire(['recover', '1', '-r', root, '--close', '--json']);
    expect(JSON.parse(closed.stdout)).toMatchObject({ dryRun: false, actions: ['close'] });
    expect(await ringwire(['tail', '1', '-r', root])).toMatchObject({ code: 0, stdout: 'one\n' });
    const again = await ringwire(['recover', '1', '-r', root, '--close', '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ actions: [] });
  });

  test('does not change the channel of a live writer', async () => {
    const root = temporaryRoot();
    const writer = await liveChannel(root, '1');
    const refused = await ringwire(['recover', '1', '-r', root, '--close', '--force']);
    expect(refused.stderr).toMatch(/^ringwire: WRITER_EXISTS: /);
    expect(refused.code).toBe(5);
    writer.stdin.end('two\n');
    expect((await finished(writer)).code).toBe(0);
    expect((await ringwire(['cat', '1', '-r', root])).stdout).toBe('one\ntwo\n');
  });

  test('cuts damage with --cut-damage, and keeps a copy of the file', async () => {
    const root = temporaryRoot();
    await closedChannel(root, '1');
    damage(root, 1, DATA + 16, Buffer.alloc(8, 0xee));
    const report = await ringwire(['recover', '1', '-r', root]);
    expect(report.stdout).toMatch(/damage +CORRUPT_CHANNEL/);
    expect(report.code).toBe(1);
    const cut = await ringwire(['recover', '1', '-r', root, '--cut-damage', '--close', '--json']);
    const { actions, backup } = JSON.parse(cut.stdout);
    expect(actions).toEqual(['cut-damage', 'clear-residue', 'close']);
    expect(existsSync(backup)).toBe(true);
    expect(cut.code).toBe(0);
    expect(await ringwire(['tail', '1', '-r', root])).toMatchObject({ code: 0, stdout: 'a\n' });
  });
});

describe('unlock', () => {
  test('removes the lock of a dead creator, and one without a name only with --force', async () => {
    const root = temporaryRoot();
    await closedChannel(root, '1');
    expect((await ringwire(['unlock', '1', '-r', root])).stdout).toBe('channel 1 has no lock\n');
    writeFileSync(channelPaths(root, 1).lock, '');
    expect((await ringwire(['cat', '1', '-r', root])).code).toBe(5);
    expect((await ringwire(['unlock', '1', '-r', root])).code).toBe(5);
    const forced = await ringwire(['unlock', '1', '-r', root, '--force', '--json']);
    expect(JSON.parse(forced.stdout)).toMatchObject({ channel: '1', removed: true });
    expect((await ringwire(['cat', '1', '-r', root])).code).toBe(0);
  });
});

describe('bench', () => {
  test('verifies every record, and prints JSON and a table', async () => {
    const small = ['-n', '20000', '--rounds', '500'];
    const { code, stdout, stderr } = await ringwire(['bench', ...small, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const result = JSON.parse(stdout);
    expect(result.oneWay.map(({ name }: { name: string }) => name)).toEqual(['single write', 'batch of 64']);
    for (const { records, recordsPerSecond } of result.oneWay) {
      expect(records).toBeGreaterThanOrEqual(19_968);
      expect(recordsPerSecond).toBeGreaterThan(0);
    }
    const { rounds, p50, p99, max } = result.roundTrip;
    expect(rounds).toBe(500);
    expect(0 < p50 && p50 <= p99 && p99 <= max).toBe(true);
    const table = await ringwire(['bench', ...small]);
    expect(table.stdout).toMatch(/single write +19,968 +[\d.]+ \w? ?records\/s/);
    expect(table.stdout).toMatch(/round trip +p50 .* p99 /);
  });

  test('ends at SIGINT during a measurement', async () => {
    const child = start(['bench', '-n', '20000000']);
    await appeared(() => leftBehind('ringwire-bench', child.pid).length > 0);
    child.kill('SIGINT');
    expect((await finished(child)).code).toBe(130);
    expect(leftBehind('ringwire-bench', child.pid)).toEqual([]);
  });
});
