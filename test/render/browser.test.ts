import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machine } from '../world.ts';

/* The page in a real browser. Debian and Ubuntu have it in the package chromium. */

const PATHS = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = PATHS.find((path) => path !== undefined && existsSync(path));
if (executablePath === undefined) console.warn('Skipped: no Chromium found; install it (apt-get install chromium) or name it in CHROMIUM.');

const SAMPLE = new URL('../../fixtures/sample/home', import.meta.url);

describe.skipIf(executablePath === undefined)('the page in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  test.each([
    ['light', 1280],
    ['dark', 390],
  ] as const)('%s at %i: charts are drawn, tables sort, nothing is said, nothing is asked', async (colorScheme, width) => {
    const mac = machine({ now: '2026-05-22T18:00:00Z' });
    cpSync(SAMPLE, mac.home, { recursive: true });
    await mac.usage('import');
    await mac.usage('report', '--format', 'html', '-o', 'report.html');
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
    const [said, asked]: [string[], string[]] = [[], []];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => asked.push(request.url()));
    const url = `file://${join(mac.home, 'report.html')}`;
    await page.goto(url);

    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    const inked = `[...document.querySelectorAll('.chart canvas')].map((canvas) =>
      new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size > 3)`;
    expect(await page.evaluate(inked)).toEqual([true, true, true, true]);

    const table = page.locator('section', { has: page.locator('h2', { hasText: /^Tools$/ }) }).locator('table');
    const column = async (): Promise<readonly number[]> =>
      (await table.locator('tbody tr td:nth-child(2)').allTextContents()).map((text) => Number(text.replaceAll(',', '')));
    const before = await column();
    expect(before.length).toBeGreaterThan(5);
    const heading = table.locator('thead th:nth-child(2) button');
    await heading.click();
    await heading.click();
    expect(await column()).toEqual(before.toSorted((a, b) => a - b));
    expect(await table.locator('th[aria-sort=ascending]').count()).toBe(1);

    // Data that is no script reaches no network, and the policy would say so.
    expect({ said, asked }).toEqual({ said: [], asked: [url] });
    await page.close();
  });
});
