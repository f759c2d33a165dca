/** Listening to signals and waiting. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { expect, it, vi } from 'vitest';
import { abortError, delay, isPipeBroken, onAbort, setting } from '../../src/platform/index.js';
import { temporaryFolder } from '../temporary.js';

it('calls each action once through one listener, and no withdrawn action', () => {
  const stop = new AbortController();
  const listen = vi.spyOn(stop.signal, 'addEventListener');
  const actions = Array.from({ length: 20 }, () => vi.fn());
  const withdraw = actions.map((action) => onAbort(stop.signal, action));
  withdraw[3]?.();
  stop.abort();
  stop.abort();
  expect(actions.map((action) => action.mock.calls.length)).toEqual(actions.map((_, i) => (i === 3 ? 0 : 1)));
  expect(listen).toHaveBeenCalledTimes(1);
});

it('calls an action immediately for an aborted signal, and never without a signal', () => {
  const action = vi.fn();
  onAbort(AbortSignal.abort(), action)();
  expect(action).toHaveBeenCalledTimes(1);
  onAbort(undefined, action)();
  expect(action).toHaveBeenCalledTimes(1);
});

it('a delay returns whether its time passed or its signal aborted', async () => {
  expect(await delay(0)).toBe(true);
  expect(await delay(1e12, AbortSignal.abort())).toBe(false);
  const stop = new AbortController();
  const waiting = delay(Number.POSITIVE_INFINITY, stop.signal);
  stop.abort();
  expect(await waiting).toBe(false);
});

it('an abort error has the name and code of that of Node', () => {
  const error = abortError(AbortSignal.abort('why'));
  expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: 'why' });
});

it('an empty setting counts as unset', () => {
  expect(setting('A', { A: '' })).toBeUndefined();
  expect(setting('A', {})).toBeUndefined();
  expect(setting('A', { A: 'b' })).toBe('b');
});

it('a pipe is broken when its reader has closed it, a file never', () => {
  const folder = temporaryFolder();
  execFileSync('mkfifo', [`${folder}/pipe`]);
  const reader = fs.openSync(`${folder}/pipe`, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const writer = fs.openSync(`${folder}/pipe`, 'w');
  const file = fs.openSync(`${folder}/file`, 'w');
  expect([isPipeBroken(writer), isPipeBroken(file)]).toEqual([false, false]);
  fs.closeSync(reader);
  expect([isPipeBroken(writer), isPipeBroken(file)]).toEqual([true, false]);
  fs.closeSync(writer);
  fs.closeSync(file);
});
