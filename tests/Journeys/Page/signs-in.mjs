// node signs-in.mjs ADMIN ROLLOUT TOKEN: asks for the token, keeps it in the tab alone, and commands under its name.
import assert from 'node:assert/strict';
import { isAccessible, reads, start } from './browser.mjs';

const [admin, rollout, token] = process.argv.slice(2);
const browser = await start();
const page = await browser.page(`${admin}#/${rollout}`);
await page.waitForSelector('#token');
await isAccessible(page);
await page.fill('#token', 'not the token');
await page.keyboard.press('Enter');
await reads(page, '.problem', 'This token opens nothing here.');
await page.fill('#token', token);
await page.keyboard.press('Enter');
await reads(page, '.pill', 'Progressing');
await page.click('text=Pause');
await page.fill('#field-by', 'somebody else');
await page.keyboard.press('Enter');
await reads(page, '.pill', 'Paused');
await page.reload();
await reads(page, '.pill', 'Paused');
const kept = await page.evaluate(() => ({ local: localStorage.length, cookies: document.cookie, url: location.href, session: Object.values(sessionStorage) }));
assert.deepEqual([kept.local, kept.cookies, kept.url.includes(token), kept.session.includes(token)], [0, '', false, true]);
const other = await browser.page(`${admin}#/${rollout}`);
await other.waitForSelector('#token');
assert.deepEqual(browser.seen, { dialogs: [], reports: [], errors: [] });
await browser.close();
