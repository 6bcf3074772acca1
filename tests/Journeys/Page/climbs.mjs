// node climbs.mjs ADMIN ROLLOUT: watches a rollout climb and roll back, from the list and on its own page, without a reload.
import assert from 'node:assert/strict';
import { api, isAccessible, isUnreloaded, mark, reads, say, start } from './browser.mjs';

const [admin, rollout] = process.argv.slice(2);
const browser = await start();
const page = await browser.page(admin);
await mark(page);
await reads(page, '.rollouts .pill', 'Idle');
await page.click('.rollouts a');
await reads(page, '.pill', 'Idle');
// Requests have no limit, from the first look on.
assert.equal(await page.evaluate(() => document.querySelectorAll('.tile:first-child .limitline:not([visibility="hidden"])').length), 0);
say('open');
await reads(page, '.share.canary', '5%');
await reads(page, '.share.canary', '50%');
await page.waitForFunction(() => Number.parseFloat(document.querySelector('.arm.canary .figure').textContent) > 0);
await page.waitForFunction(() => document.querySelector('.arm.canary .line').getAttribute('d').includes('L'));
await isAccessible(page);
say('climbed');
await reads(page, '.pill', 'Rolled back');
await reads(page, '.share.canary', '0%');
const { body: status } = await api(admin, 'GET', `api/rollouts/${rollout}`);
await reads(page, '.record .sentence', status.rollback.explanation);
await reads(page, '#alarm', 'Rolled back');
await reads(page, '.history li', status.rollback.explanation);
await isAccessible(page);
await page.setViewportSize({ width: 360, height: 740 });
assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
await isUnreloaded(page);
await page.click('text=The whole plan on one page');
await reads(page, '.plan dd', 'weight 0 at once');
await page.click('.brand');
await reads(page, '.rollouts .pill', 'Rolled back');
assert.deepEqual(browser.seen, { dialogs: [], reports: [], errors: [] });
await browser.close();
