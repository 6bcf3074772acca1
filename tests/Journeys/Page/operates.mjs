// node operates.mjs ADMIN ROLLOUT: commands by the keyboard alone; what the server refuses is shown in its words, and what moved meanwhile is not moved.
import assert from 'node:assert/strict';
import { api, mark, reads, say, isUnreloaded, start } from './browser.mjs';

const [admin, rollout] = process.argv.slice(2);
const at = verb => `api/rollouts/${rollout}${verb && '/' + verb}`;
const status = async () => (await api(admin, 'GET', at(''))).body;
const browser = await start();
const page = await browser.page(`${admin}#/${rollout}`);
await mark(page);

/** Tab until a button has the focus. */
async function tabTo(label) {
  for (let i = 0; i < 60; i++) {
    if (await page.evaluate(text => document.activeElement?.textContent === text, label)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`No Tab leads to '${label}'.`);
}

await reads(page, '.pill', 'Idle');
// An answer that breaks off is none: nobody knows how the drill went.
await page.route('**/drill', route => route.fulfill({ contentType: 'application/json', body: '{"passed":tr' }));
await tabTo('Run a drill');
await page.keyboard.press('Enter');
await page.keyboard.press('Enter');
await reads(page, '.answer', 'The proxy’s answer cannot be read, and nobody knows whether it took this.');
await page.keyboard.press('Escape');
await tabTo('Start a version');
await page.keyboard.press('Enter');
await page.keyboard.type('v2');
await page.keyboard.press('Enter');
await reads(page, '.pill', 'Waiting');
assert.equal((await status()).version, 'v2');

// Somebody else moves while this one thinks.
await tabTo('Set weight');
await page.keyboard.press('Enter');
await page.keyboard.type('30');
const asked = await page.$$eval('.field', fields => fields.map(field => [field.querySelector('label').textContent, field.scrollHeight <= field.clientHeight]));
assert.deepEqual(asked, [['Weight in per cent', true], ['Reason (optional)', true], ['Your name (optional)', true]]);
await api(admin, 'POST', at('pause'), { by: 'ben', reason: 'at' });
await reads(page, '.pill', 'Paused');
await reads(page, '.history li', 'by ben · “at”');
await page.keyboard.press('Enter');
await reads(page, '.answer', 'by now; look at it again and repeat the command.');
assert.deepEqual([(await status()).phase, (await status()).weight], ['Paused', 5]);

// A step that asks for a person passes with a name and a reason.
await api(admin, 'POST', at('resume'), {});
await reads(page, '.pill', 'Waiting');
await tabTo('Approve');
await page.keyboard.press('Enter');
await page.keyboard.type('the dashboards look fine');
await page.keyboard.press('Tab');
await page.keyboard.type('ann');
// What it does may be seen before its answer comes.
await page.route('**/approve', async route => {
  const response = await route.fetch();
  await reads(page, '.share.canary', '50%');
  await route.fulfill({ response });
});
await page.keyboard.press('Enter');
await reads(page, '.history li', 'ann');
await reads(page, '.share.canary', '50%');
// Its button is gone, and the focus not lost with it.
assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Advance');

// A double click is one click, Escape takes it back, R and Enter roll back.
await page.dblclick('button.rollback');
await reads(page, 'button.rollback', 'Confirm rollback');
await page.keyboard.press('Escape');
await reads(page, 'button.rollback', 'Roll back');
assert.equal((await status()).phase, 'Progressing');
// A command whose answer does not come holds up no rollback, and its answer takes nothing away from one.
let release;
await page.route('**/pause', async route => { await new Promise(resolve => { release = resolve; }); await route.continue(); });
await tabTo('Pause');
await page.keyboard.press('Enter');
await page.keyboard.press('Enter');
await reads(page, '#does', 'Sent; the answer has not come yet.');
await page.keyboard.press('Escape');
await page.keyboard.press('r');
await reads(page, 'button.rollback.armed', 'Confirm rollback');
await page.keyboard.type('checkout is down');
await page.keyboard.press('Enter');
await reads(page, '.pill', 'Rolled back');
const { weight, rollback: record } = await status();
assert.deepEqual([weight, record.authority, record.by, record.reason], [0, 'operator', 'ann', 'checkout is down']);
await tabTo('Retry');
await page.keyboard.press('Enter');
await page.keyboard.type('half a reason');
release();
await reads(page, '.answer', 'look at it again and repeat the command.');
assert.equal(await page.inputValue('.field.reason input:visible'), 'half a reason');
await page.keyboard.press('Escape');

await tabTo('Start a version');
await page.keyboard.press('Enter');
await page.keyboard.type('v2');
await page.keyboard.press('Enter');
const { body: again } = await api(admin, 'POST', at('start'), { version: 'v2' });
await reads(page, '.answer', again.detail);

// After a promotion one action goes back, by the same keys and at the same place; it is no alarm.
const buttons = () => page.locator('.moves button:visible').allTextContents();
for (const [verb, body] of [['start', { version: 'v3' }], ['approve', { by: 'ann', reason: 'as before' }]]) assert.equal((await api(admin, 'POST', at(verb), body)).status, 200);
await reads(page, '.share.canary', '50%');
assert.ok((await buttons()).includes('Advance'));
assert.equal((await api(admin, 'POST', at('advance'), {})).status, 200);
await reads(page, '.pill', 'Baking');
// Behind the last step there is only the promotion, under its own name.
assert.deepEqual(await buttons(), ['Pause', 'Promote', 'Set weight']);
assert.equal((await api(admin, 'POST', at('promote'), { by: 'ben' })).status, 200);
await reads(page, '.pill', 'Promoted');
await reads(page, '.gate', "promoted; start the next version, in cluster 'stable'");
assert.deepEqual(await page.locator('button:visible', { hasText: /undo|roll back/i }).allTextContents(), ['Undo promotionR']);
await page.keyboard.press('Escape');
await page.keyboard.press('r');
await reads(page, 'button.rollback.armed', 'Confirm undo');
await page.keyboard.type('the totals differ');
await page.keyboard.press('Enter');
await reads(page, '.pill', 'Rolled back');
assert.deepEqual((({ trigger, reason }) => [trigger, reason])((await status()).rollback), ['undo', 'the totals differ']);
await reads(page, 'button.rollback', 'Roll back');
// Which cluster is which, once the next version has made the arms change roles.
const facts = await page.evaluate(async swapped => {
  const view = new (await import('/page/rollout.js')).RolloutView(swapped.name);
  view.event('status', { status: swapped, objectives: [] });
  return view.facts.textContent;
}, { ...(await status()), swapped: true });
assert.match(facts, / · stable is cluster 'canary', canary is cluster 'stable'$/);
assert.equal(await page.textContent('.past h2'), `History Times in ${await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone)}`);
// On the next day what happened today has its date.
assert.equal(await page.textContent('.history time'), await page.evaluate(at => at.slice(-8), await page.textContent('.history time')));
await page.clock.setFixedTime(Date.now() + 86_400_000);
await page.waitForFunction(() => /^\d+ [A-Z]/.test(document.querySelector('.history time').textContent) && /at \d+ [A-Z]/.test(document.querySelector('.record').textContent));
await isUnreloaded(page);
assert.deepEqual(browser.seen, { dialogs: [], reports: [], errors: [] });
await browser.close();
say('done');
