import { expect, test } from 'vitest';
import { isCharacter, keysIn } from '../../../src/cli/screen/keys.js';

test('names the keys of xterm and of the console', () => {
  expect(keysIn('\u001b[A\u001bOB\u001b[5~\u001b[6~\u001b[H\u001b[4~')).toEqual([
    'up',
    'down',
    'page-up',
    'page-down',
    'home',
    'end',
  ]);
  expect(keysIn('\r\u007f\u0003\u001a')).toEqual(['enter', 'backspace', 'ctrl-c', 'ctrl-z']);
});

test('separates keys that arrive together, and a lone Esc from a sequence', () => {
  expect(keysIn('jk/ö😀\u001b[Bq')).toEqual(['j', 'k', '/', 'ö', '😀', 'down', 'q']);
  expect(keysIn('\u001b')).toEqual(['escape']);
  expect(keysIn('')).toEqual([]);
});

test('tells characters from names and unknown sequences', () => {
  expect(['a', ' ', '😀', 'ß'].map(isCharacter)).toEqual([true, true, true, true]);
  expect([...keysIn('\u001b[15~\t\u0007'), 'up'].map(isCharacter)).toEqual([false, false, false, false]);
});
