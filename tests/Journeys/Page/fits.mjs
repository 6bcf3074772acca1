// node fits.mjs ADMIN ROLLOUT: a rollout with long names and many steps among others; nothing is cut off or scrolls sideways on any width, and a long list is narrowed. What was deleted is shown again when it is made again.
import assert from 'node:assert/strict';
import { api, isAccessible, reads, say, start } from './browser.mjs';

const [admin, rollout] = process.argv.slice(2);
const browser = await start();
const page = await browser.page(admin);
const names = () => page.$$eval('.rollouts .name', all => all.map(node => node.textContent));

/** From the narrowest phone, which is also a desktop at 400%, to a wide screen. */
async function fits() {
  for (const width of [320, 390, 768, 1010, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, `${page.url()} at ${width}`);
  }
}

await reads(page, '.rollouts .pill', 'Rolled back');
await reads(page, '.rollouts .pill', 'Progressing');
// What broke a limit and was only told, what waits and for what, what was rolled back.
await reads(page, '.rollouts .why', 'NOT ROLLED BACK');
await reads(page, '.rollouts .why', 'Its schedule or a hook has not let it go up.');
await reads(page, '.rollouts .why', "Goes up when all of the group 'pair' are ready.");
assert.deepEqual((await names()).slice(0, 4), ['c', 'd', 'f', 'b']);
await fits();
await isAccessible(page);

// A list of thousands comes at once, and is laid out at once.
const took = await page.evaluate(async () => {
  const { ListView } = await import('/page/list.js');
  const [view, rollouts, from] = [new ListView(), Array.from({ length: 2000 }, (_, at) => `rollout-${at}`), performance.now()];
  document.body.append(view.node);
  view.event('replica', { rollouts });
  for (const name of rollouts) view.event('rollout', { name, phase: 'Idle', weight: 0, copied: 0, step: 0, since: '2026-01-01T00:00:00Z' });
  await new Promise(done => { requestAnimationFrame(() => requestAnimationFrame(done)); });
  const [shown, ms] = [view.node.querySelectorAll('.rollouts li').length, performance.now() - from];
  view.node.remove();
  return { shown, ms };
});
assert.ok(took.shown === 2000 && took.ms < 5000, JSON.stringify(took));

// Some is not rounded to none or to all, and a digest is cut behind an image's name too.
const digest = '0123456789abcdef'.repeat(4);
assert.deepEqual(
  await page.evaluate(async hex => {
    const { percent, short } = await import('/page/words.js');
    return [...[0, 0.003, 5, 98.967, 99.999, 99.9999, 100, null].map(value => percent(value)), ...[`sha256:${hex}`, `r.example:5000/shop:1@sha256:${hex}`, `shop-${hex}`].map(short)];
  }, digest),
  ['0%', '0.003%', '5%', '98.97%', '99.999%', '99.9999%', '100%', '–', 'sha256:0123456789ab…', 'r.example:5000/shop:1@sha256:0123456789ab…', `shop-${digest}`]);

// A success rate that may only be too high is no limit of the line of success.
const line = await page.evaluate(async () => {
  const { ArmCard } = await import('/page/arm.js');
  const [card, figures] = [new ArmCard('stable'), requests => ({ requests, failures: 0, neutral: 0, successRate: 100 })];
  card.update({ generation: 1, arms: { stable: figures(2) }, plan: { objectives: [{ metric: 'success-rate', max: '99.9%', interval: '1m' }] } }, []);
  for (const requests of [1, 2]) card.sample(figures(requests));
  return card.success.line.path.getAttribute('d');
});
assert.match(line, /^M[\d.]+ [\d.]+$/);

// All that rolls it back stands beside the plan's other parts, and nothing that only tells, or that another rule takes the place of.
const triggered = plan => page.evaluate(async of => {
  const { parts } = await import('/page/parts.js');
  const [, list] = parts({ name: 'a', rollback: { authority: ['ops'], deadline: '5m' }, ...of });
  return list.querySelector('dd').textContent;
}, plan);
const [success, latency] = [{ metric: 'success-rate', min: '99.5%' }, { metric: 'p95', max: '1s500ms' }];
assert.equal(await triggered({ objectives: [success, latency] }), 'success rate below 99.5%; p95 above 1500 ms; more than 2× stable’s failure rate');
assert.equal(
  await triggered({
    objectives: [
      success, latency, { name: 'lag', ...latency, interval: '1m' }, { name: 'told', query: 'up', interval: '1m', onBreach: 'notify' },
      { burnRate: { objective: '99.9%', rules: [{ window: '1h' }, { window: '6h', onBreach: 'notify' }] } },
      { burnRate: { objective: '99%', rules: [{ window: '6h', onBreach: 'notify' }] } },
    ],
    hooks: [
      { when: 'step', name: 'smoke', onDown: 'rollback' }, { when: 'rollback', name: 'alarm' },
      { when: 'confirm-promotion', name: 'gate' }, { when: 'event', name: 'log', onDown: 'rollback' },
    ],
    consecutiveFailures: 5, maxLatencyRatioToStable: 3, onNoData: 'rollback',
  }),
  '5 failures in a row; p95 above 1500 ms; check lag; burn rate of 99.9%; more than 3× stable’s p95; ' +
    'hook smoke says no, or is down; hook alarm says yes; a step without its requests');

await page.keyboard.press('Tab');
await page.keyboard.press('Tab');
await page.keyboard.type(rollout.slice(3, 12));
assert.deepEqual(await names(), [rollout]);
await page.click('.chip[data-phase=RolledBack]');
assert.deepEqual(await names(), []);
await page.click('text=Show all');
assert.equal((await names()).length, 7);
await page.click('.chip[data-phase=RolledBack]');
assert.deepEqual(await names(), ['b']);
await page.click('.rollouts a');
await reads(page, '.pill', 'Rolled back');
await reads(page, '.record', 'x'.repeat(200));
await fits();
await isAccessible(page);
await page.click('.back');
await reads(page, '.chip[aria-pressed=true]', 'Rolled back 1');
await page.click('.chip[data-phase=RolledBack]');

await page.goto(`${admin}#/f`);
await reads(page, '.pill', 'Waiting');
assert.deepEqual(await page.locator('.moves button:visible').allTextContents(), ['Advance', 'Pause', 'Set weight']);
await reads(page, '.history li', 'by \u2068فاطمة\u2069 · “\u2068إصلاح\u2069”');
await page.click('text=Advance');
await reads(page, '#does', 'it goes up when all of the group are');

/** Each beside the one before. */
async function apart(steps) {
  const sides = await page.$$eval('.steps .figure', all => all.map(node => { const { left, right } = node.getBoundingClientRect(); return [left, right]; }));
  assert.ok(sides.length === steps && sides.every(([left], at) => at === 0 || left > sides[at - 1][1]), `steps in each other: ${sides}`);
}

// A thousand steps: those around the one that counts, and both ends.
await page.goto(`${admin}#/e`);
await reads(page, '.steps .here', '0.1%');
assert.deepEqual((await page.locator('.steps .figure').allTextContents()).slice(-3), ['1.1%', '…', '100%']);
await fits();
await apart(13);
const around = await page.evaluate(async () => {
  const { steps } = await import('/page/steps.js');
  const all = Array.from({ length: 1000 }, (_, at) => ({ weight: `${(at + 1) / 10}%` }));
  return [500, 1000].map(step => steps({ steps: all, step, phase: 'Progressing' }).map(node => node.querySelector('.figure').textContent).join(' '));
});
assert.deepEqual(around, [
  '0.1% … 49.5% 49.6% 49.7% 49.8% 49.9% 50% 50.1% 50.2% 50.3% 50.4% 50.5% … 100%',
  '0.1% … 99% 99.1% 99.2% 99.3% 99.4% 99.5% 99.6% 99.7% 99.8% 99.9% 100%',
]);

await page.goto(`${admin}#/${rollout}`);
await reads(page, '.share.canary', '0.01%');
await fits();
await apart(15);
await reads(page, '.history li', 'by hand');
assert.deepEqual([...new Set(await page.$$eval('.history li', all => all.map(node => getComputedStyle(node).backgroundColor)))], ['rgba(0, 0, 0, 0)']);
await reads(page, '.arm.canary .tile', 'p95–p90 ≤ 200 ms');
await isAccessible(page);
await page.emulateMedia({ media: 'print' });
assert.equal(await page.isVisible('button.rollback'), false);
await page.emulateMedia({ media: 'screen' });
await page.goto(`${admin}#/${rollout}/plan`);
await reads(page, '.plan dd', 'weight 0 at once');
await fits();
await isAccessible(page);

// Deleted while somebody looks at it, and made again.
await page.goto(`${admin}#/b`);
await reads(page, '.pill', 'Rolled back');
const { plan } = (await api(admin, 'GET', 'api/rollouts/b')).body;
assert.equal((await fetch(new URL('api/rollouts/b', admin), { method: 'DELETE' })).status, 204);
await reads(page, 'h1.empty', "There is no rollout 'b'.");
assert.equal(await page.title(), 'b · Snapback');
await isAccessible(page);
assert.equal((await api(admin, 'PUT', 'api/rollouts/b', plan)).status, 200);
await reads(page, '.pill', 'Idle');
assert.equal(await page.isVisible('h1.empty'), false);
assert.deepEqual(browser.seen, { dialogs: [], reports: [], errors: [] });
await browser.close();
say('done');
