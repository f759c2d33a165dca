import picocolors from 'picocolors';
import { beforeEach, expect, test } from 'vitest';
import type { ListContent } from '../../../src/cli/screen/list-content.js';
import { ListView } from '../../../src/cli/screen/list-view.js';

interface Fruit {
  readonly name: string;
  readonly weight: number;
}

const plain = picocolors.createColors(false);
const CONTENT: ListContent<Fruit> = {
  title: 'fruits',
  nouns: ['fruit', 'fruits'],
  orders: [
    { name: 'name', compare: () => 0 },
    { name: 'weight', compare: (a, b) => b.weight - a.weight },
  ],
  key: ({ name }) => name,
  text: ({ name }) => name,
  columns: [
    { title: 'NAME', drop: 0, cut: 18 },
    { title: 'WEIGHT', right: true, drop: 0 },
  ],
  lines: ({ name, weight }) => [[{ text: name }, { text: String(weight) }]],
  details: ({ name, weight }) => ({
    fields: [
      ['name', { text: name }],
      ['weight', { text: `${weight} g` }],
    ],
  }),
  help: ['WEIGHT: the mass in grams, weighed with a balance that was calibrated recently'],
};
const FRUITS: readonly Fruit[] = [
  { name: 'apple', weight: 150 },
  { name: 'banana', weight: 120 },
  { name: 'cherry', weight: 8 },
  { name: 'melon', weight: 2000 },
];

let view: ListView<Fruit>;

beforeEach(() => {
  view = new ListView(CONTENT);
  view.update(FRUITS, '/garden');
});

const screen = (columns = 60, rows = 10) => view.frame(columns, rows, plain);
const press = (...keys: string[]) => keys.map((key) => view.onKey(key)).some((quits) => quits);
/** The names in the list, the selected one with its mark. */
const listed = (rows?: number) =>
  screen(60, rows)
    .slice(2, -1)
    .filter((line) => line !== '')
    .map((line) => line.replace(/ +\d+$/, '').trim());

test('shows a title, the list with a mark at the selected line, and the keys', () => {
  const lines = screen();
  expect(lines).toHaveLength(10);
  expect(lines[0]).toMatch(/^fruits {2}sort: name {2}4 fruits {2}\/garden +\d\d:\d\d:\d\d$/);
  expect(lines.slice(1, 3)).toEqual(['  NAME    WEIGHT', '> apple      150']);
  expect(lines.at(-1)).toBe('s sort  / filter  Enter details  ? help  q quit');
});

test('moves the selection with arrows, j, k, and to the ends, and never beyond them', () => {
  press('down', 'j', 'j', 'j', 'j');
  expect(listed()).toEqual(['apple', 'banana', 'cherry', '> melon']);
  press('k', 'up');
  expect(listed()).toEqual(['apple', '> banana', 'cherry', 'melon']);
  press('G');
  expect(listed().at(-1)).toBe('> melon');
  press('home');
  expect(listed()[0]).toBe('> apple');
});

test('scrolls so that the selected line is on the screen, and counts the lines below', () => {
  expect(listed(5)).toEqual(['> apple', 'banana']);
  expect(screen(60, 5).at(-1)).toMatch(/^2 more below {2}s sort/);
  press('down', 'down');
  expect(listed(5)).toEqual(['banana', '> cherry']);
  press(' ');
  expect(listed(5)).toEqual(['cherry', '> melon']);
  press('b');
  expect(listed(5)).toEqual(['> banana', 'cherry']);
});

test('s sorts by the next order and keeps the selected item', () => {
  press('s');
  expect(listed()).toEqual(['melon', '> apple', 'banana', 'cherry']);
  expect(screen()[0]).toContain('sort: weight');
  press('s');
  expect(listed()[0]).toBe('> apple');
});

test('keeps the selected item when the list changes, or selects its successor', () => {
  press('down', 'down');
  expect(listed()[2]).toBe('> cherry');
  view.update(FRUITS.slice(1), '/garden');
  expect(listed()).toEqual(['banana', '> cherry', 'melon']);
  view.update([FRUITS[1], FRUITS[3]] as Fruit[], '/garden');
  expect(listed()).toEqual(['banana', '> melon']);
});

test('/ types a filter, in which keys are characters; Enter keeps it and Esc clears it', () => {
  expect(press('/', 'q', 'backspace', 'A', 'N')).toBe(false);
  expect(screen().at(-1)).toMatch(/^\/AN_/);
  expect(listed()).toEqual(['> banana']);
  press('enter');
  expect(screen()[0]).toContain('filter: AN');
  expect(listed()).toEqual(['> banana']);
  press('escape');
  expect(listed()).toHaveLength(4);
  press('/', 'x', 'x');
  expect(screen()[1]).toBe('no fruit matches the filter');
  press('escape');
  expect(listed()).toHaveLength(4);
});

test('Enter shows the details of the selected item and follows it; Esc returns', () => {
  press('j', 'enter');
  expect(screen().slice(1, 3)).toEqual(['name    banana', 'weight  120 g']);
  view.update([FRUITS[0], { name: 'banana', weight: 121 }] as Fruit[], '/garden');
  expect(screen()[2]).toBe('weight  121 g');
  view.update(FRUITS.slice(0, 1), '/garden');
  expect(screen()[1]).toBe('it is gone; Esc returns to the list');
  press('escape');
  expect(listed()).toEqual(['> apple']);
});

test('? shows the help, wrapped at the width of the terminal; Esc and ? return', () => {
  press('?');
  const help = screen(40, 30);
  expect(help.join('\n')).toMatch(/Enter +show the details/);
  expect(help.join('\n')).toContain('WEIGHT: the mass in grams, weighed with\na balance');
  expect(Math.max(...help.map((line) => line.length))).toBeLessThanOrEqual(40);
  press('?');
  expect(listed()[0]).toBe('> apple');
  press('enter', '?', 'escape');
  expect(listed()[0]).toBe('> apple');
});

test('q quits, in the details and the help also', () => {
  expect(press('q')).toBe(true);
  expect(press('enter')).toBe(false);
  expect(press('q')).toBe(true);
  press('escape', '?');
  expect(press('q')).toBe(true);
});

test('says that there is nothing, and fits a terminal of any size', () => {
  for (let columns = 1; columns < 70; columns++)
    for (const rows of [1, 2, 3, 4, 24])
      for (const line of screen(columns, rows)) expect(line.length).toBeLessThanOrEqual(columns);
  view.update([], '/garden');
  expect(screen()[1]).toBe('no fruits');
});
