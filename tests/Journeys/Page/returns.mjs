// node returns.mjs ADMIN ROLLOUT: the proxy stands still, goes on, dies and comes back; the tab rests and wakes. The page says each time what it knows, and lives again by itself.
import assert from 'node:assert/strict';
import { api, isAccessible, isUnreloaded, mark, reads, say, start } from './browser.mjs';

const [admin, rollout] = process.argv.slice(2);
const browser = await start();
const page = await browser.page(`${admin}#/${rollout}`);
await mark(page);
await reads(page, '.share.canary', '50%');
await reads(page, '#connection', 'Live');
const asked = Date.now();
say('live');

// It stands still: the connection is there, and nobody speaks.
await page.waitForSelector('body.stale', { timeout: 10_000 });
const noticed = Date.now();
const banner = (await page.textContent('[role=status] > .banner.lost'));
assert.match(banner, /^The proxy has said nothing for 6 seconds\. What you see is from [\d:]+ and may no longer be true\./);
const [hours, minutes, seconds] = banner.match(/(\d\d):(\d\d):(\d\d)/).slice(1).map(Number);
const from = new Date(noticed).setHours(hours, minutes, seconds, 999);
// A second is what the sentence leaves out, and two are between two words of a proxy with nothing to tell.
assert.ok(from > asked - 2000 && from < noticed - 4000, `${banner} noticed at ${new Date(noticed).toISOString()}`);
assert.match(await page.title(), /^Connection lost · .*50%/);
assert.equal(await page.isEnabled('text=Pause'), false);
assert.equal(await page.isEnabled('button.rollback'), true);
await isAccessible(page);
await page.keyboard.press('r');
await page.keyboard.press('Enter');
await reads(page, '#does', 'Sent; the answer has not come yet.');
say('silent');

// It goes on, and what was asked of it meanwhile is done.
await page.waitForSelector('body:not(.stale)');
await reads(page, '#connection', 'Live');
await reads(page, '.pill', 'Rolled back');
say('live again');

// It dies, and another one is started in its place.
await page.waitForSelector('body.stale');
await reads(page, '.banner.lost', 'The proxy cannot be reached. What you see is from');
await page.keyboard.press('r');
await page.keyboard.press('Enter');
await reads(page, '.answer', 'nobody knows whether it took this');

// On a phone the answer is where the button is, however far down the page was read.
const desk = page.viewportSize();
await page.setViewportSize({ width: 390, height: 700 });
await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
await page.keyboard.press('r');
await page.keyboard.press('Enter');
await reads(page, '.answer', 'nobody knows whether it took this');
const [answer, button] = await Promise.all(['.answer', 'button.rollback'].map(part => page.locator(part).boundingBox()));
assert.ok(answer.y > 0 && answer.y + answer.height < button.y && button.y + button.height < 700, JSON.stringify({ answer, button }));
await page.setViewportSize(desk);

// What is only read is not said to be taken or not, and comes by itself when the proxy is back.
await page.click('text=The whole plan');
await reads(page, '.plan .problem', 'The proxy cannot be reached.');
assert.equal(await page.textContent('.plan .problem'), 'The proxy cannot be reached.');
say('gone');
await reads(page, '.plan dd', 'weight 0 at once');
await page.waitForSelector('body:not(.stale)');
await page.click('.back');
await reads(page, '#connection', 'Live');
await reads(page, '.pill', 'Rolled back');

// Nobody looks at the tab for half a minute: it lets its stream go, and says so.
await page.clock.install();
const look = hidden => page.evaluate(now => {
  Object.defineProperty(document, 'hidden', { value: now, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}, hidden);
const letGo = page.waitForEvent('requestfailed', request => request.url().includes('/api/events'));
await look(true);
await page.clock.fastForward(29_000);
assert.match(await page.title(), /^(Connection lost · )?Rolled back · /);
await page.clock.fastForward(2_000);
await letGo;
await reads(page, '#connection', 'Resting');
assert.match(await page.title(), /^Resting · Rolled back · /);
assert.equal((await api(admin, 'POST', `api/rollouts/${rollout}/retry`, { reason: 'it was the proxy' })).status, 200);
assert.equal(await page.textContent('.pill'), 'Rolled back');
await look(false);
await reads(page, '.pill', 'Progressing');
assert.match(await page.title(), /^50% Progressing · /);
await isUnreloaded(page);
assert.deepEqual(browser.seen, { dialogs: [], reports: [], errors: [] });
await browser.close();
