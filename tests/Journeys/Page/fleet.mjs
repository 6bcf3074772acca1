// node fleet.mjs ADMIN ROLLOUT: what the page of r1 says of a fleet of two. r2 stands still from "together" to "away", and Redis is gone from "back" to "unheard".
import assert from 'node:assert/strict';
import { isAccessible, isUnreloaded, mark, reads, say, start } from './browser.mjs';

const [admin, rollout] = process.argv.slice(2);
const browser = await start();
const page = await browser.page(`${admin}#/${rollout}`);
await mark(page);
const fleet = page.locator('.card', { has: page.locator('.replicas') });
const names = () => fleet.locator('.name').allTextContents();

await reads(page, '.card', 'Fleet of 2All hold the same');
assert.deepEqual(await names(), ['r1', 'r2']);
assert.match((await fleet.locator('li').allTextContents()).join(' '), /the first to hold it/);
say('together');

// At one look: after three seconds of silence it is no longer behind, but away.
await page.locator('.card', { hasText: 'Fleet of 21 behind' }).locator('.behind', { hasText: 'r2at generation 1, revision 1' }).waitFor();
await reads(page, '.card', 'Fleet of 2Whoever is heard holds the same; this one leads: it climbs the steps and calls the hooks.');
await reads(page, '.card .problem', 'Away: r2, silent for ');
assert.deepEqual(await names(), ['r1']);
await isAccessible(page);
say('away');

await reads(page, '.card', 'Fleet of 2All hold the same');
assert.equal(await fleet.locator('.problem').count(), 0);
say('back');

await reads(page, '.card .problem', 'The fleet was not heard for ');
await reads(page, '.banner', 'This replica does not hear the fleet: it decides by itself, on its own traffic.');
const away = /^Redis at 127\.0\.0\.1:\d+ is away: .+ A rollback works as always; nothing goes up until it is back\.$/;
assert.match(await page.textContent('#alerts .banner.store'), away);
await isAccessible(page);
await page.click('.back');
await reads(page, '.rollouts .name', rollout);
await page.waitForSelector('#alerts .banner.store');
assert.match(await page.textContent('#alerts .banner.store'), away);
await isAccessible(page);
say('unheard');

await page.waitForSelector('#alerts .banner', { state: 'detached' });
await isUnreloaded(page);
assert.deepEqual(browser.seen, { dialogs: [], reports: [], errors: [] });
await browser.close();
