/**
 * The pictures of docs/images. `RINGWIRE_PICTURES=1 npx vitest run web/pictures` takes them anew, which needs some minutes:
 * charts need something to show. `RINGWIRE_PICTURES_FOLDER` writes them elsewhere, each in all sizes and color schemes.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasTmux, TmuxTerminal } from '../cli/tmux.js';
import { REPOSITORY } from '../docs/documents.js';
import { CHROMIUM, type Look, openBrowser, openPage, showTab } from './chromium.js';
import { terminalPicture } from './terminal-picture.js';
import { startAgents, startWeb, world } from './world.js';

const IMAGES = path.join(REPOSITORY, 'docs/images');
const ELSEWHERE = process.env['RINGWIRE_PICTURES_FOLDER'];
const TRAFFIC_MILLIS = Number(process.env['RINGWIRE_PICTURES_MILLIS'] ?? 180_000);
const TAKES = process.env['RINGWIRE_PICTURES'] === '1' && CHROMIUM !== null && hasTmux;
/** A short name, since the pictures show it. */
const FOLDER = '/dev/shm/shop';
const LARGEST_BYTES = 150_000;

const LOOKS: Readonly<Record<string, Look>> = {
  light: {},
  dark: { colorScheme: 'dark' },
  phone: { width: 390, height: 780 },
};

describe('docs/images', () => {
  it('holds pictures of the page and of top, none of them large', () => {
    const pictures = fs.readdirSync(IMAGES).filter((name) => /^(web-.*\.png|top\.svg)$/.test(name));
    expect(pictures.sort()).toEqual([
      'top.svg',
      'web-channel-dark.png',
      'web-channel.png',
      'web-channels-dark.png',
      'web-channels.png',
      'web-processes.png',
    ]);
    for (const name of pictures)
      expect(fs.statSync(path.join(IMAGES, name)).size, name).toBeLessThan(LARGEST_BYTES);
  });

  it.runIf(TAKES)('is taken anew', { timeout: 900_000 }, async () => {
    fs.mkdirSync(FOLDER);
    onTestFinished(() => fs.rmSync(FOLDER, { recursive: true, force: true }));
    const { args, root, healthSocket, write } = await world(FOLDER);
    const { url } = await startWeb(args);
    startAgents(healthSocket);
    const browser = await openBrowser();
    await (await openPage(browser, url)).page.waitForTimeout(TRAFFIC_MILLIS);
    for (let i = 2; i < 12; i++) write(JSON.stringify({ order: i, item: 'chair', price: 10 * i }));
    if (ELSEWHERE !== undefined) {
      for (const name of Object.keys(LOOKS))
        for (const part of Object.keys(PARTS))
          await take(browser, url, part, name, path.join(ELSEWHERE, `${part}-${name}.png`));
    } else {
      for (const part of ['channels', 'channel', 'processes'])
        await take(browser, url, part, 'light', path.join(IMAGES, `web-${part}.png`));
      for (const part of ['channels', 'channel'])
        await take(browser, url, part, 'dark', path.join(IMAGES, `web-${part}-dark.png`));
    }
    fs.writeFileSync(path.join(ELSEWHERE ?? IMAGES, 'top.svg'), await pictureOfTop(root));
  });
});

const PARTS: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  channels: (page) => showTab(page, 'Channels'),
  channel: (page) => page.getByRole('link', { name: '1', exact: true }).click(),
  records: async (page) => {
    await page.getByRole('link', { name: '7', exact: true }).click();
    await page.getByRole('region', { name: 'Records' }).scrollIntoViewIfNeeded();
  },
  processes: async (page) => {
    await showTab(page, 'Processes');
    await page.getByRole('link', { name: 'api', exact: true }).click();
  },
  question: async (page) => {
    await showTab(page, 'Processes');
    await page.getByRole('link', { name: 'api', exact: true }).click();
    await page.getByRole('button', { name: 'Restart api' }).click();
  },
  health: (page) => showTab(page, 'Health'),
  aeron: (page) => showTab(page, 'Aeron'),
};

async function take(browser: Browser, url: URL, part: string, look: string, file: string): Promise<void> {
  const { page } = await openPage(browser, url, LOOKS[look]);
  // Some snapshots, so that curves and levels are drawn.
  await page.waitForTimeout(part === 'channels' && ELSEWHERE === undefined ? 60_000 : 3000);
  await PARTS[part]?.(page);
  await page.waitForTimeout(1500);
  await page.screenshot({ path: file });
  await page.context().close();
}

async function pictureOfTop(root: string): Promise<string> {
  const terminal = await TmuxTerminal.open(118, 12);
  await terminal.type(`ringwire top ${root} --interval 500ms`);
  // A history in each row with traffic.
  await terminal.until(/[▁▂▃▄▅▆▇█]{12}/);
  return terminalPicture(await terminal.screen(true), 'ringwire top');
}
