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

// One whose directory has another rollout of the name, on its own page and on that of another replica.
const told = await page.evaluate(async () => {
  const { fleet } = await import('/page/parts.js');
  const { notices } = await import('/page/rollout.js');
  const banners = it => notices({ fleet: it, switches: { autoRollback: true, autoAdvance: true } }).map(([, text]) => text).join(' ');
  const replicas = [['r1', 1], ['r2', 4]].map(([name, generation]) => ({ name, generation, revision: 1, lagMs: 0 }));
  const card = it => fleet({ replicas, away: [], silentMs: 0, ...it }).filter(Boolean).map(node => node.textContent).join(' ');
  return [card({ heard: false, withheld: true, foreign: true, key: '4.1' }), card({ heard: true, key: '1.1' }), card({ heard: false, withheld: true, newer: true, key: '4.1' }),
    card({ replicas: [], heard: false, withheld: true, key: '0.0' }), banners({ heard: false, withheld: true }), banners({ heard: false, withheld: true, foreign: true })];
});
assert.equal(told[0], 'Fleet of 2 This replica is left out: what its directory has is another rollout of this name. r1at generation 1, revision 1r2');
assert.match(told[1], /^Fleet of 2 1 at a later generation\. /);
assert.match(told[2], /^Fleet of 2 This replica is left out: it cannot read what the fleet has\. /);
// One that has not found its Redis since it was started: it knows of nobody, not even itself.
assert.match(told[3], /^Fleet The fleet was not heard for /);
assert.equal(told[4], 'This replica does not hear the fleet: the canary gets nothing from it until it does, whatever the weight.');
assert.match(told[5], /^The directory of this replica has another rollout of this name than the fleet: [^.]+\.$/);

// Nothing is offered there that would be refused.
const offered = await page.evaluate(async () => {
  const { may } = await import('/page/actions.js');
  const plan = { canary: 'canary', steps: [{ weight: '5%' }, { weight: '50%' }] };
  const verbs = ['start', 'retry', 'resume', 'advance', 'pause', 'promote', 'weight', 'approve', 'reject', 'drill', 'rollback', 'undo'];
  const at = (fleet, phase) => verbs.filter(verb => may(verb, { phase, step: 1, steps: 2, weight: 5, manual: false, approval: null, plan, fleet })).join(' ');
  return [at(null, 'Progressing'), at({ foreign: false }, 'Progressing'), at({ foreign: true }, 'Progressing'), at({ newer: true }, 'Progressing'), at({ foreign: true }, 'Promoted')];
});
assert.deepEqual(offered, [...Array(2).fill('advance pause promote weight rollback'), 'rollback', 'rollback', 'drill rollback undo']);

// In the list, before whatever else is to be said of it, and where what needs somebody stands.
const listed = await page.evaluate(async () => {
  const { why } = await import('/page/list.js');
  const { rank } = await import('/page/filter.js');
  const line = { phase: 'Progressing', warning: null, withheld: true };
  return [why(line), why({ ...line, phase: 'Paused', reason: 'at lunch' }), why({ ...line, withheld: false }), rank(line) < rank({ ...line, withheld: false })];
});
const apart = 'This replica stands apart from the fleet: the canary gets nothing from it, whatever the weight.';
assert.deepEqual(listed, [apart, `${apart} at lunch`, '', true]);

// None is what there is only once the fleet was asked.
const none = await page.evaluate(async () => {
  const { ListView } = await import('/page/list.js');
  const view = new ListView();
  const shown = [];
  for (const partial of [true, false]) {
    view.event('replica', { replica: 'r3', store: null, rollouts: [], partial });
    await new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    shown.push([...view.node.querySelectorAll('.empty:not([hidden]) h2')].map(heading => heading.textContent).join());
  }
  return shown;
});
assert.deepEqual(none, ['The fleet is not heard yet', 'No rollout yet']);

await reads(page, '.card', 'Fleet of 2All hold the same');
assert.equal(await fleet.locator('.problem').count(), 0);
say('back');

await reads(page, '.card .problem', 'The fleet was not heard for ');
await reads(page, '.banner', 'This replica does not hear the fleet: it decides by itself, on its own traffic.');
const away = /^Redis at 127\.0\.0\.1:\d+ is away: .+ A rollback works as always; nothing goes up until it is back\.$/;
assert.match(await page.textContent('#alerts .banner.store'), away);
// What this replica did itself is all that it can read.
await page.locator('.past > p:visible', { hasText: 'The store is away: lines may be missing here.' }).waitFor();
assert.equal(await page.evaluate(async () => (await import('/page/history.js')).history({ lines: [], isWhole: false })), false);
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
