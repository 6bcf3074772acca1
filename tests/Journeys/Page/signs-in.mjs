// node signs-in.mjs ADMIN ROLLOUT TOKEN: asks for the token, keeps it in the tab alone, and commands under its name.
import assert from 'node:assert/strict';
import { isAccessible, reads, start } from './browser.mjs';

const [admin, rollout, token] = process.argv.slice(2);
const browser = await start();
const page = await browser.page(`${admin}#/${rollout}`);
await page.waitForSelector('#token');
assert.equal(await page.title(), `Not signed in · ${rollout} · Snapback`);
await isAccessible(page);
await page.fill('#token', 'not the token');
await page.keyboard.press('Enter');
await reads(page, '.problem', 'This token opens nothing here.');
// What no header can carry is not a proxy that is away.
await page.fill('#token', `${token}\u200b`);
await page.keyboard.press('Enter');
assert.equal(await page.$eval('#token', field => field.validity.patternMismatch), true);
await page.fill('#token', ` ${token} `);
await page.keyboard.press('Enter');
await reads(page, '.pill', 'Progressing');
assert.deepEqual([await page.title(), await page.evaluate(() => document.activeElement.id)], [`5% Progressing · ${rollout} · Snapback`, 'main']);
await page.click('text=Pause');
await page.fill('#field-by', 'somebody else');
await page.keyboard.press('Enter');
await reads(page, '.pill', 'Paused');
await page.reload();
await reads(page, '.pill', 'Paused');
const kept = await page.evaluate(() => ({ local: localStorage.length, cookies: document.cookie, url: location.href, session: Object.values(sessionStorage) }));
assert.deepEqual([kept.local, kept.cookies, kept.url.includes(token), kept.session.includes(token)], [0, '', false, true]);
await page.evaluate(() => sessionStorage.setItem('snapback-token', 'expired'));
await page.goto(`${admin}#/${rollout}/plan`);
await page.waitForSelector('#token');
await reads(page, '.problem', 'This token opens nothing here.');
await page.waitForLoadState('networkidle');
assert.equal(await page.locator('.problem').count(), 1);
const other = await browser.page(`${admin}#/${rollout}`);
await other.waitForSelector('#token');
assert.deepEqual(browser.seen, { dialogs: [], reports: [], errors: [] });
await browser.close();
