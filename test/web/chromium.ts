/** A real Chromium for tests, from the PATH. */
import { spawnSync } from 'node:child_process';
import { type Browser, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

const { status, stdout } = spawnSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' });
/** Path of the program; null where there is none. */
export const CHROMIUM = status === 0 ? stdout.trim() : null;
if (CHROMIUM === null) process.stderr.write('skipped: the tests of the page need the program chromium\n');

/** Long enough for a busy machine. */
const LONGEST_WAIT_MILLIS = 120_000;

/** How a page is shown. */
export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** A page of a browser of its own, and what went wrong in it. */
export interface Watched {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught errors, and failed requests. */
  readonly problems: string[];
  /** Origins of all requests. */
  readonly origins: Set<string>;
}

/** Starts Chromium; it ends with the test. */
export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM ?? '',
    // The sandbox does not start as root.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  onTestFinished(() => browser.close());
  return browser;
}

/** Opens a URL in a new browser. */
export async function openPage(browser: Browser, url: URL, look: Look = {}): Promise<Watched> {
  const { width = 1280, height = 800, colorScheme = 'light' } = look;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(LONGEST_WAIT_MILLIS);
  const page = await context.newPage();
  const problems: string[] = [];
  const origins = new Set<string>();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  await page.goto(url.href);
  return { page, problems, origins };
}

/** Shows a tab, and waits for its content. */
export async function showTab(
  page: Page,
  name: 'Channels' | 'Processes' | 'Health' | 'Aeron',
): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name }).click();
  await page.locator(`nav a[aria-current=page]:has-text("${name}")`).waitFor();
}
