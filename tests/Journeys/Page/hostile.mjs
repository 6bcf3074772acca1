// node hostile.mjs ADMIN ROLLOUT HOOK FOREIGN: fifty strings that would be markup or script, through every field that somebody else fills; then a foreign page.
// HOOK is a port for the plan's hook, whose answer is hostile too; FOREIGN is one for a page of another origin.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { api, reads, say, start } from './browser.mjs';

const [admin, rollout, hookPort, foreignPort] = process.argv.slice(2);
const payloads = [
  '<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<svg onload=alert(1)>', '"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>",
  '</title><script>alert(1)</script>', '</textarea><script>alert(1)</script>', '</script><script>alert(1)</script>', '<iframe src=javascript:alert(1)>', '<iframe srcdoc="<script>parent.alert(1)</script>">',
  'javascript:alert(1)', 'data:text/html,<script>alert(1)</script>', '<a href=javascript:alert(1)>x</a>', '<form action=javascript:alert(1)><button>x</button></form>', '<button formaction=javascript:alert(1)>x',
  '<input autofocus onfocus=alert(1)>', '<details open ontoggle=alert(1)>', '<video><source onerror=alert(1)>', '<audio src=x onerror=alert(1)>', '<body onload=alert(1)>',
  '<object data=javascript:alert(1)>', '<embed src=javascript:alert(1)>', '<math><mi xlink:href=javascript:alert(1)>x', '<style>@import "javascript:alert(1)"</style>', '<style>*{background:url(http://127.0.0.1:1/x)}</style>',
  '<link rel=stylesheet href=http://127.0.0.1:1/x>', '<base href=http://127.0.0.1:1/>', '<meta http-equiv=refresh content="0;url=javascript:alert(1)">', '<marquee onstart=alert(1)>', '<select autofocus onfocus=alert(1)>',
  '{{constructor.constructor("alert(1)")()}}', '${alert(1)}', '`-alert(1)-`', "'-alert(1)-'", '"-alert(1)-"',
  '\\";alert(1)//', '</style><script>alert(1)</script>', '<!--><script>alert(1)</script>-->', '<![CDATA[<script>alert(1)</script>]]>', '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<template><script>alert(1)</script></template>', '<svg><script>alert(1)</script></svg>', '<svg><animate onbegin=alert(1) attributeName=x>', '<x contenteditable onblur=alert(1)>', '&lt;script&gt;alert(1)&lt;/script&gt;',
  '&#60;script&#62;alert(1)&#60;/script&#62;', '%3Cscript%3Ealert(1)%3C/script%3E', '\\u003cscript\\u003ealert(1)\\u003c/script\\u003e', '\u202e<script>alert(7)</script>', '<ScRiPt >alert(1)</sCrIpT >',
];
assert.equal(new Set(payloads).size, 50);

let answer = '';
createServer((_, response) => response.end(JSON.stringify({ verdict: 'wait', reason: answer }))).listen(hookPort, '127.0.0.1');

const at = verb => `api/rollouts/${rollout}${verb && '/' + verb}`;
const browser = await start('--host-resolver-rules=MAP evil.example 127.0.0.1');
const page = await browser.page(`${admin}#/${rollout}`);
const list = await browser.page(admin);
const away = await browser.page(admin);

/** What turns the words around it is shown, and turns nothing. */
const seenAs = text => text.replaceAll('\u202e', '\ufffd');

/** A name may not turn anything; a reason comes without what would. */
const named = text => text.replaceAll('\u202e', '');

/** In the address, as it is and as a name; and to the plan, where backticks make code. */
async function wander(text) {
  for (const where of [text, `#/${encodeURIComponent(text)}`, `#/${rollout}/${encodeURIComponent(text)}`]) await away.evaluate(hash => { location.hash = hash; }, where);
  await away.evaluate(hash => { location.hash = hash; }, `#/${rollout}/plan`);
  await reads(away, '.plan dd', named(text).replaceAll('`', ''));
}

for (const text of payloads) {
  answer = text;
  const name = named(text);
  const plan = {
    name: rollout, owner: name, rollback: { authority: [name], deadline: '5m' }, objectives: [{ metric: 'success-rate', min: '99.5%' }], proof: 'off',
    steps: [{ weight: '50%', hold: '1ms', approval: [name] }], hooks: [{ when: 'step', name: 'hostile', url: `http://127.0.0.1:${hookPort}/`, timeout: '2s' }],
  };
  const put = await api(admin, 'PUT', at(''), plan);
  assert.equal(put.status, 200, JSON.stringify(put.body));
  if (name !== text) assert.equal((await api(admin, 'POST', at('start'), { version: text, by: name, reason: text })).status, 400);
  const started = await api(admin, 'POST', at('start'), { version: name, by: name, reason: text });
  assert.equal(started.status, 200, JSON.stringify(started.body));
  await Promise.all([reads(page, '.facts', `owned by ${name}`), reads(page, '.gate', seenAs(text)), reads(list, '.versions', name), wander(text)]);
  const back = await api(admin, 'POST', at('rollback'), { by: name, reason: text });
  assert.equal(back.status, 200, JSON.stringify(back.body));
  await Promise.all([reads(page, '.record .sentence', name), reads(page, '.history li', name), reads(list, '.why', name)]);
}
assert.deepEqual(browser.seen, { dialogs: [], reports: [], errors: [] });
say('quiet');

// That nothing was reported means something only if something would be.
const markup = await page.evaluate(() => { try { document.body.innerHTML = '<b>x</b>'; return 'taken'; } catch { return 'refused'; } });
assert.equal(markup, 'refused');
while (browser.seen.reports.length === 0) await page.waitForTimeout(20);

// A page of another origin: no frame, no form, no fetch, and no name of its own for this machine.
const { generation, revision } = (await api(admin, 'GET', at(''))).body;
createServer((_, response) => { response.setHeader('Content-Type', 'text/html'); response.end('<!doctype html><title>foreign</title>'); }).listen(foreignPort, '127.0.0.1');
const foreign = await browser.page(`http://127.0.0.1:${foreignPort}/`);
const framed = await foreign.evaluate(url => new Promise(resolve => {
  const frame = document.createElement('iframe');
  frame.src = url;
  frame.addEventListener('load', () => { try { resolve(frame.contentDocument === null ? 'nothing to see' : 'blank'); } catch { resolve('nothing to see'); } });
  document.body.append(frame);
}), admin);
assert.equal(framed, 'nothing to see');
assert.equal(foreign.frames().some(frame => frame.url().startsWith(admin)), false);
const read = await foreign.evaluate(url => fetch(url).then(() => 'read', () => 'refused'), `${admin}api/rollouts`);
assert.equal(read, 'refused');
await foreign.evaluate(url => fetch(url, { method: 'POST', mode: 'no-cors', body: '{"version":"forged"}' }).catch(() => {}), `${admin}${at('start')}`);
const [answered] = await Promise.all([
  foreign.waitForResponse(response => response.request().isNavigationRequest() && response.url().endsWith('/start')),
  foreign.evaluate(url => {
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', action: url });
    document.body.append(form);
    form.submit();
  }, `${admin}${at('start')}`),
]);
assert.equal(answered.status(), 403);
const rebinding = await foreign.context().newPage();
const rebound = await rebinding.goto(`http://evil.example:${new URL(admin).port}/`);
assert.equal(rebound.status(), 421);
const after = (await api(admin, 'GET', at(''))).body;
assert.deepEqual([after.generation, after.revision], [generation, revision]);
await browser.close();
process.exit(0);
