/** The page in a real browser: it shows what the API knows, live, and lets nothing of a record run. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/metrics/index.js';
import { causeFaults } from '../aeron/driver-faults.js';
import { freePort } from '../free-port.js';
import { temporaryFolder } from '../temporary.js';
import { seriousFaults } from './axe.js';
import { CHROMIUM, openBrowser, openPage, showTab, type Watched } from './chromium.js';
import { HOSTILE_RECORD, startAgents, startWeb, type World, world } from './world.js';

/** A world, its server, and a page of it. */
async function opened(
  options: readonly string[] = [],
): Promise<World & Watched & { snapshot: () => Promise<Snapshot> }> {
  const built = await world();
  const { url } = await startWeb([...built.args, ...options]);
  const watched = await openPage(await openBrowser(), url);
  await watched.page.locator('.connection.live').waitFor();
  const snapshot = async () =>
    (await watched.page.evaluate("fetch('/api/snapshot').then((r) => r.json())")) as Snapshot;
  return { ...built, ...watched, snapshot };
}

describe.runIf(CHROMIUM !== null)('the page', () => {
  it('shows each channel and reader that the API knows', async () => {
    const { page, snapshot } = await opened();
    const { channels } = await snapshot();
    expect(channels.map(({ id }) => id)).toEqual(['1', '2', '7', '9', '42']);
    for (const { id, kind } of channels) {
      const row = page.getByRole('row', { name: new RegExp(`^${id} ${kind}`) });
      // A channel may fall silent in the meantime.
      const isAsKnown = async () => {
        const state = (await snapshot()).channels.find((each) => each.id === id)?.state ?? '';
        return (await row.innerText()).includes(state === 'late' ? String(kind) : state);
      };
      await expect.poll(isAsKnown).toBe(true);
    }
    for (const name of ['billing', 'audit', 'screen']) await page.getByRole('row', { name }).waitFor();
  });

  it('shows a live update: a record that is written, and the count of records', async () => {
    const { page, write } = await opened();
    await page.getByRole('link', { name: '7', exact: true }).click();
    const records = page.getByRole('region', { name: 'Records' });
    await records.getByText('{"order":1').waitFor();
    write('written while the page is open');
    await records.getByText('written while the page is open').waitFor();
    await page.locator('.figure', { hasText: /^Records4$/ }).waitFor();
    await expect.poll(() => page.locator('.chart canvas').count()).toBe(2);
  });

  it('shows a record with a script as text, in each format, and finds it by a search', async () => {
    const { page, problems } = await opened();
    await page.getByRole('link', { name: '7', exact: true }).click();
    const records = page.getByRole('region', { name: 'Records' });
    const texts = () => records.locator('pre').allInnerTexts();
    await expect.poll(texts).toContain(HOSTILE_RECORD);
    await records.getByText('JSON', { exact: true }).click();
    await expect.poll(async () => (await texts()).join('\n')).toContain('"item": "lamp"');
    expect(await texts()).toContain(HOSTILE_RECORD);
    await records.getByText('Hex', { exact: true }).click();
    await expect.poll(async () => (await texts()).join('\n')).toContain('00 01 02 fd fe ff');
    await records.getByText('Text', { exact: true }).click();
    await records.getByRole('searchbox').fill('<script>');
    await page.keyboard.press('Enter');
    await expect.poll(texts).toEqual([HOSTILE_RECORD]);
    expect(await page.evaluate('window.owned')).toBe(undefined);
    expect(problems).toEqual([]);
  });

  it('shows that a closed channel has no more records', async () => {
    const { page } = await opened();
    await page.getByRole('link', { name: '9', exact: true }).click();
    await page.getByText('line 299').waitFor();
    await page.getByText('No more records will come: CLOSED.').waitFor();
    await page.getByText('200 earlier records are not shown.').waitFor();
  });

  it('restarts a process by a click, after a confirmation, and follows its output', async () => {
    const { page, supervised, snapshot } = await opened();
    await showTab(page, 'Processes');
    for (const { id, state } of (await snapshot()).processes)
      await page
        .getByRole('row', { name: new RegExp(`^${id}`) })
        .getByText(state, { exact: true })
        .waitFor();
    await page.getByRole('link', { name: 'api', exact: true }).click();
    await page.getByRole('log').getByText('request 1 200 OK').waitFor();
    const before = supervised.manager.statusOf('api').pid;
    await page.getByRole('button', { name: 'Restart api' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect(supervised.manager.statusOf('api').pid).toBe(before);
    await page.getByRole('button', { name: 'Restart api' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click();
    await page.getByText('Restart api: done').waitFor();
    const { pid } = supervised.manager.statusOf('api');
    expect(pid).not.toBe(before);
    await page.getByRole('row', { name: /^api/ }).getByText(String(pid)).waitFor();
  });

  it('stops a process by a click, and starts it again, as the manager reports it', async () => {
    const { page, supervised } = await opened();
    const { manager } = supervised;
    await showTab(page, 'Processes');
    const row = page.getByRole('row', { name: /^worker/ });
    const confirm = async (verb: string) => {
      await page.getByRole('button', { name: `${verb} worker` }).click();
      await page.getByRole('dialog').getByRole('button', { name: verb }).click();
      await page.getByText(`${verb} worker: done`).waitFor();
    };
    const { pid: before, state } = manager.statusOf('worker');
    expect(state).toBe('running');
    await confirm('Stop');
    await expect.poll(() => manager.statusOf('worker').state).toBe('stopped');
    await row.getByText('stopped', { exact: true }).waitFor();
    await confirm('Start');
    await expect.poll(() => manager.statusOf('worker').state).toBe('running');
    await row.getByText('running', { exact: true }).waitFor();
    const { pid } = manager.statusOf('worker');
    expect(pid).not.toBe(before);
    await row.getByText(String(pid)).waitFor();
  });

  it('has no button for actions with --read-only', async () => {
    const { page } = await opened(['--read-only']);
    await showTab(page, 'Processes');
    await page.getByRole('row', { name: /^api/ }).waitFor();
    expect(await page.getByRole('button').count()).toBe(0);
  });

  it('shows agents with their status and timeline', async () => {
    const { page, healthSocket, snapshot } = await opened();
    startAgents(healthSocket);
    await showTab(page, 'Health');
    await expect.poll(async () => (await snapshot()).agents.length).toBe(3);
    for (const { pid, status } of (await snapshot()).agents) {
      const row = page.getByRole('row', { name: new RegExp(`^${pid}`) });
      await row.locator('.state', { hasText: status }).waitFor();
      await row.locator(`.timeline .${status}`).waitFor({ state: 'attached' });
    }
  });

  it('shows the streams, backlog and counters of a media driver', async () => {
    const { page, snapshot } = await opened();
    await showTab(page, 'Aeron');
    const { aeron } = await snapshot();
    expect(aeron?.streams.map(({ streamId }) => streamId)).toEqual([10]);
    await page.getByRole('region', { name: 'Streams' }).getByText('aeron:ipc?alias=prices').waitFor();
    const counters = page.getByRole('region', { name: 'Counters' });
    await expect.poll(() => counters.locator('tbody tr').count()).toBe(aeron?.counters.length);
    await counters.getByRole('searchbox').fill('Bytes sent');
    await expect.poll(() => counters.locator('tbody tr').count()).toBe(1);
  });

  it('shows the errors and losses of a media driver', async () => {
    const { page, snapshot, aeronDir } = await opened();
    const { error, errorObservations, losses } = await causeFaults(aeronDir);
    await showTab(page, 'Aeron');
    await expect.poll(async () => (await snapshot()).aeron?.errors.length).toBe(1);
    await expect.poll(async () => (await snapshot()).aeron?.losses).toMatchObject(losses);
    const rows = (name: string) => page.getByRole('region', { name }).locator('tbody tr');
    await expect.poll(() => rows('Errors').innerText()).toContain(error);
    const observations = () => rows('Errors').locator('td, th').first().innerText();
    await expect.poll(observations).toBe(String(errorObservations));
    await expect.poll(() => rows('Losses').count()).toBe(losses.length);
    for (const { streamId, sessionId, source } of losses) {
      const row = rows('Losses').filter({ hasText: `${streamId} / ${sessionId}` });
      await expect.poll(() => row.innerText()).toContain(source);
    }
  });

  it('is used by keyboard: tabs, rows, details, search', async () => {
    const { page } = await opened();
    await page.getByRole('row', { name: 'billing' }).waitFor();
    const hash = () => page.evaluate('location.hash');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await expect.poll(hash).toBe('#/channels/2');
    await page.getByRole('heading', { name: 'Channel 2' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(hash).toBe('#/channels');
    await page.getByRole('row', { name: 'billing' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('audit');
    await expect.poll(() => page.locator('tbody').count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('2');
    await expect.poll(hash).toBe('#/processes');
  });

  it('stays inside the width of a phone', async () => {
    const built = await world();
    const { url } = await startWeb(built.args);
    const { page } = await openPage(await openBrowser(), url, { width: 360, height: 740 });
    for (const name of ['Channels', 'Processes', 'Health', 'Aeron'] as const) {
      await showTab(page, name);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    }
  });

  it('reconnects when the server starts again with the same token', async () => {
    const token = path.join(temporaryFolder(), 'token');
    fs.writeFileSync(token, 'a token that is long enough to be used'.replaceAll(' ', '-'), { mode: 0o600 });
    // No connection of another program gets this port before the second server.
    const listen = ['--listen', `127.0.0.1:${await freePort()}`];
    const first = await startWeb(['--token-file', token, '--root', temporaryFolder(), ...listen]);
    const { page } = await openPage(await openBrowser(), first.url);
    await page.getByLabel('Token').fill(fs.readFileSync(token, 'utf8'));
    await page.getByRole('button', { name: 'Open' }).click();
    await page.locator('.connection.live').waitFor();
    await first.stop();
    await page.locator('.connection.lost').waitFor();
    await startWeb(['--token-file', token, '--root', temporaryFolder(), ...listen]);
    await page.locator('.connection.live').waitFor();
  });

  it.each(['light', 'dark'] as const)(
    'has no serious fault of accessibility, no error, and no foreign request, in the %s scheme',
    async (colorScheme) => {
      const built = await world();
      const { url } = await startWeb(built.args);
      startAgents(built.healthSocket);
      const { page, problems, origins } = await openPage(await openBrowser(), url, { colorScheme });
      const faults: string[] = [];
      const check = async () => faults.push(...(await seriousFaults(page)));
      await page.getByRole('row', { name: 'billing' }).waitFor();
      await check();
      await page.getByRole('link', { name: '1', exact: true }).click();
      await page.locator('.records pre').first().waitFor();
      await check();
      await showTab(page, 'Processes');
      await page.getByRole('link', { name: 'api', exact: true }).click();
      await page.getByRole('log').getByText('request 1 200 OK').waitFor();
      await check();
      await page.getByRole('button', { name: 'Stop api' }).click();
      await check();
      await page.keyboard.press('Escape');
      await showTab(page, 'Health');
      await page.locator('.timeline .degraded').waitFor({ state: 'attached' });
      await check();
      await showTab(page, 'Aeron');
      await page.getByRole('region', { name: 'Streams' }).waitFor();
      await check();
      expect(faults).toEqual([]);
      expect(problems).toEqual([]);
      expect([...origins]).toEqual([url.origin]);
    },
  );
});
