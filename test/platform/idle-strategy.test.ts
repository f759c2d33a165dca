/** Idle strategies: they wait when there was nothing, start over when there was something, and let the loop run. */
import { describe, expect, it } from 'vitest';
import {
  BackoffIdle,
  BusySpinIdle,
  DoorbellIdle,
  type IdleStrategy,
  ManualClock,
  ownIdentity,
  parseIdentity,
  SleepIdle,
  systemClock,
  YieldIdle,
} from '../../src/platform/index.js';
import { openChannel } from '../channel/channel-under-test.js';
import { MEASURES } from '../size.js';
import { text } from '../writer-and-reader.js';

const noBell = { doorbell: null };
const strategies: [string, () => IdleStrategy][] = [
  ['BusySpinIdle', () => new BusySpinIdle()],
  ['YieldIdle', () => new YieldIdle()],
  ['BackoffIdle', () => new BackoffIdle({ spins: 5, yields: 5 })],
  ['SleepIdle', () => new SleepIdle(0.1)],
  ['DoorbellIdle without a bell', () => new DoorbellIdle(noBell, 3)],
];

describe.each(strategies)('%s', (_name, make) => {
  it('returns from every idle, blocking or not, and yields no value', async () => {
    const idle = make();
    const returned: unknown[] = [];
    for (let i = 0; i < 40; i++) returned.push(idle.idle(i === 39 ? 1 : 0));
    for (let i = 0; i < 20; i++) returned.push(await idle.idleAsync(i === 19 ? 1 : 0));
    expect(returned).toEqual(new Array(60).fill(undefined));
  });

  it('lets the event loop run in the asynchronous way', async () => {
    const idle = make();
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    for (let i = 0; i < 50 && !turned; i++) await idle.idleAsync(0);
    expect(turned).toBe(true);
  });

  it('receives a record that is published while a reader waits', async () => {
    using channel = openChannel();
    const idle = make();
    setTimeout(() => channel.writer.write(text('at last')), 20);
    const seen: string[] = [];
    while (seen.length === 0) {
      const count = channel.reader.poll((buffer, offset, length) =>
        seen.push(buffer.toString('utf8', offset, offset + length)),
      );
      await idle.idleAsync(count);
    }
    expect(seen).toEqual(['at last']);
  });
});

it('BackoffIdle sleeps for increasing times up to its maximum, and resets', () => {
  const idle = new BackoffIdle({ spins: 0, yields: 0, minMillis: 1, maxMillis: 8 });
  const slept = () => {
    const start = performance.now();
    idle.idle(0);
    return performance.now() - start;
  };
  expect(slept()).toBeGreaterThan(0.9);
  slept();
  slept();
  expect(slept()).toBeGreaterThan(7.9);
  expect(slept()).toBeGreaterThan(7.9);
  const sleptAfterWork = () => {
    idle.idle(1);
    return slept();
  };
  // Other processes may make it late, but not every time.
  const shortest = Math.min(sleptAfterWork(), sleptAfterWork(), sleptAfterWork());
  if (MEASURES) expect(shortest).toBeLessThan(7);
});

it('the writer wakes DoorbellIdle in both methods', async () => {
  using channel = openChannel();
  const idle = new DoorbellIdle(channel.reader, 2);
  const wait = async () => {
    const start = performance.now();
    for (;;) {
      const record = channel.reader.tryRead();
      if (record !== null) return { text: record.toString(), millis: performance.now() - start };
      await idle.idleAsync(0);
    }
  };
  const waits: number[] = [];
  for (let i = 0; i < 10; i++) {
    setTimeout(() => channel.writer.write(text(`${i}`)), 10);
    const { text: got, millis } = await wait();
    expect(got).toBe(`${i}`);
    waits.push(millis);
  }
  // Without the bell each wait would last the longest sleep, 200 ms.
  if (!MEASURES) return;
  expect(Math.min(...waits)).toBeLessThan(150);
  expect(waits.reduce((a, b) => a + b)).toBeLessThan(1500);
});

it('DoorbellIdle does not sleep when the bell rang after its announcement', () => {
  using channel = openChannel();
  const idle = new DoorbellIdle(channel.reader, 2);
  const millisOf = (idles: number) => {
    const start = performance.now();
    for (let i = 0; i < idles; i++) idle.idle(0);
    return performance.now() - start;
  };
  // Two spins, the announcement, the sleep.
  expect(millisOf(4)).toBeGreaterThan(190);
  idle.idle(1);
  millisOf(3);
  channel.writer.write(text('rings'));
  const afterRing = millisOf(1);
  if (MEASURES) expect(afterRing).toBeLessThan(190);
});

it('a sleeping iterator ends when its signal aborts', async () => {
  using channel = openChannel();
  const abort = new AbortController();
  const start = performance.now();
  setTimeout(() => abort.abort(), 30);
  for await (const _ of channel.reader.records({ signal: abort.signal }));
  if (MEASURES) expect(performance.now() - start).toBeLessThan(180);
});

it('invalid arguments are refused', () => {
  const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
  for (const make of [
    () => new BusySpinIdle(-1),
    () => new BusySpinIdle('many' as never),
    () => new SleepIdle(0),
    () => new SleepIdle(Number.NaN),
    () => new BackoffIdle({ maxMillis: 1e9 }),
    () => new BackoffIdle({ minMillis: 2, maxMillis: 1 }),
    () => new DoorbellIdle(noBell, -1),
  ]) {
    expect(make).toThrowError(refused);
  }
});

it('the system clock reports Unix time and a monotonic time that never decreases', () => {
  const near = (nanos: bigint) => Math.abs(Number(nanos / 1_000_000n) - Date.now());
  expect(near(systemClock.unixNanos())).toBeLessThan(2000);
  const first = systemClock.monotonicMillis();
  expect(systemClock.monotonicMillis()).toBeGreaterThanOrEqual(first);
});

it('a manual clock advances both times, or sets only the wall clock', () => {
  const clock = new ManualClock(5_000_000n, 7);
  clock.advance(1.5);
  expect([clock.unixNanos(), clock.monotonicMillis()]).toEqual([6_500_000n, 8.5]);
  clock.setUnixNanos(1n);
  expect([clock.unixNanos(), clock.monotonicMillis()]).toEqual([1n, 8.5]);
});

it('a process identity differs from that of another process with the same pid', () => {
  const identity = ownIdentity();
  expect(identity.pid).toBe(process.pid);
  expect(identity.startTime).toMatch(/^\d+$/);
  expect(identity.bootId).toMatch(/^[0-9a-f-]{36}$/);
  expect(parseIdentity(JSON.stringify(identity))).toEqual(identity);
  for (const other of ['', '{', '[]', 'null', '{"pid":1}', '{"pid":"1","startTime":"2","bootId":"3"}']) {
    expect(parseIdentity(other)).toBeNull();
  }
});

describe('BusySpinIdle', () => {
  /** The shortest time of several tries, in milliseconds: other programs only make it longer. */
  function shortest(action: () => void): number {
    const times = Array.from({ length: 8 }, () => {
      const start = performance.now();
      action();
      return performance.now() - start;
    });
    return Math.min(...times);
  }

  it('pauses in a stream, and not between single responses', () => {
    const LONG_PAUSE = 100_000;
    const stream = new BusySpinIdle(LONG_PAUSE);
    const inStream = shortest(() => {
      for (let i = 0; i < 20; i++) {
        stream.idle(7);
        stream.idle(0);
      }
    });
    const answers = new BusySpinIdle(LONG_PAUSE);
    const forAnswers = shortest(() => {
      for (let i = 0; i < 20; i++) {
        for (let empty = 0; empty < 3; empty++) answers.idle(0);
        answers.idle(1);
      }
    });
    expect(inStream).toBeGreaterThan(10 * forAnswers);
  });

  it('begins a stream at the eighth record in a row that is alone and without a wait', () => {
    const pausesAfter = (records: number) =>
      shortest(() => {
        const idle = new BusySpinIdle(100_000);
        for (let i = 0; i < records; i++) {
          idle.idle(0);
          idle.idle(1);
        }
        idle.idle(0);
      });
    expect(pausesAfter(8)).toBeGreaterThan(10 * pausesAfter(7));
  });

  it('begins no stream at fast responses with a wait among them', () => {
    const RESPONSES = 40;
    const answers = new BusySpinIdle(100_000);
    const forAnswers = shortest(() => {
      for (let i = 1; i <= RESPONSES; i++) {
        for (let empty = i % 4 === 0 ? 2 : 1; empty > 0; empty--) answers.idle(0);
        answers.idle(1);
      }
    });
    const stream = new BusySpinIdle(100_000);
    stream.idle(7);
    const onePause = shortest(() => {
      stream.idle(0);
      stream.idle(7);
    });
    expect(onePause).toBeGreaterThan(forAnswers);
  });

  it('ends the stream at one record after a pause', () => {
    const idle = new BusySpinIdle(100_000);
    const spent = shortest(() => {
      idle.idle(7);
      idle.idle(0);
      idle.idle(1);
    });
    const after = shortest(() => idle.idle(0));
    expect(spent).toBeGreaterThan(10 * after);
  });
});
