// A real Chromium on the live page, for the stories beside this file. A story prints a line when it has come so far, and fails by an exception.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** For conditions that need milliseconds on an idle machine; a busy one gets its time too. */
const patience = 30_000;

export const say = line => console.log(line);

/** A browser with a profile of its own, and what it must never have: dialogs, reports of the policy, errors. */
export async function start(...more) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...more],
  });
  const seen = { dialogs: [], reports: [], errors: [] };
  return {
    seen,
    close: () => browser.close(),
    async page(url, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      context.setDefaultTimeout(patience);
      await context.exposeBinding('reported', (_, report) => seen.reports.push(report));
      await context.addInitScript(() => document.addEventListener('securitypolicyviolation', event => window.reported(`${event.violatedDirective} ${event.blockedURI}`)));
      const page = await context.newPage();
      page.on('dialog', dialog => { seen.dialogs.push(dialog.message()); dialog.dismiss(); });
      page.on('pageerror', error => seen.errors.push(error.message));
      await page.goto(url);
      return page;
    },
  };
}

/** Waits until a place of the page says it. */
export const reads = (page, selector, text) => page.waitForFunction(
  ([where, what]) => [...document.querySelectorAll(where)].some(node => node.textContent.replace(/\s+/g, ' ').includes(what)), [selector, text]);

/** No serious or critical finding of axe-core, by light and by dark. */
export async function isAccessible(page) {
  await page.evaluate(axe);
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    const found = violations.filter(one => ['serious', 'critical'].includes(one.impact)).map(one => `${colorScheme}: ${one.id} ${one.nodes.map(node => node.target.join(' ')).join(', ')}`);
    assert.deepEqual(found, []);
  }
}

/** The page moves by nothing but what it is told: the document is the one that was opened. */
export const mark = page => page.evaluate(() => { window.isTheSame = true; });
export const isUnreloaded = async page => assert.equal(await page.evaluate(() => window.isTheSame), true);

/** A call to the admin API beside the browser, as another operator makes it. */
export async function api(admin, method, path, body, type = 'application/json') {
  const response = await fetch(new URL(path, admin), { method, headers: { 'Content-Type': type }, body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}
