// node returns.mjs ADMIN ROLLOUT: the proxy dies and comes back; the page says that it is stale, and lives again by itself.
import assert from 'node:assert/strict';
import { isAccessible, isUnreloaded, mark, reads, say, start } from './browser.mjs';

const [admin, rollout] = process.argv.slice(2);
const browser = await start();
const page = await browser.page(`${admin}#/${rollout}`);
await mark(page);
await reads(page, '.share.canary', '50%');
await reads(page, '#connection', 'Live');
say('live');
await page.waitForSelector('body.stale');
await reads(page, '.banner.lost', 'may no longer be true');
assert.equal(await page.isEnabled('text=Pause'), false);
assert.equal(await page.isEnabled('button.rollback'), true);
await isAccessible(page);
say('stale');
await page.waitForSelector('body:not(.stale)');
await reads(page, '#connection', 'Live');
await reads(page, '.share.canary', '50%');
say('live again');
await reads(page, '.pill', 'Rolled back');
await isUnreloaded(page);
assert.deepEqual(browser.seen, { dialogs: [], reports: [], errors: [] });
await browser.close();
