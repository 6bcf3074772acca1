// node answers.mjs ADMIN ROLLOUT FAILING: every JSON answer of a running proxy against the schema that its own OpenAPI document names for it. ROLLOUT shadows, has a flag and an open
// generation; FAILING was rolled back by the judge.
import assert from 'node:assert/strict';
import { say } from './browser.mjs';
import { events, named, one, read } from './document.mjs';

const [admin, rollout, failing] = process.argv.slice(2);
const { ask, first, holds, told, wrong } = await read(admin, rollout);

// What there is to read, of an open generation and of a rollback.
assert.equal((await ask('GET', '/api/rollouts')).length, 2);
for (const name of [rollout, failing]) for (const under of ['', '/weight', '/history', '/evidence', '/plan', '/shadow']) await ask('GET', one + under, { name });
const rolledBack = await ask('GET', one, { name: failing });
assert.ok(rolledBack.rollback.exposure && rolledBack.failureDetails.places.length > 0, 'nothing was seen of a rollback');
const shadow = await ask('GET', one + '/shadow');
assert.ok(shadow.differences.length > 0 && (await ask('GET', one)).flags.length > 0, 'nothing was seen of the shadow and the flag');
await ask('GET', '/healthz/ready');
await ask('GET', '/api/flags');
await ask('POST', '/ofrep/v1/evaluate/flags', { body: { context: { targetingKey: 'ann' } } });
await ask('POST', '/ofrep/v1/evaluate/flags/{key}', { key: 'shop-v2', body: { context: { targetingKey: 'ann' } } });
await ask('POST', '/ofrep/v1/evaluate/flags/{key}', { key: 'none', body: { context: { targetingKey: 'ann' } }, code: 404 });
await ask('POST', '/ofrep/v1/evaluate/flags/{key}', { key: 'shop-v2', body: 'no json', code: 400 });

// The streams.
for (const [kind, data] of events(await first('api/events', text => text.includes('event: rollout')))) holds(`event ${kind}`, named({ replica: 'Replica', rollout: 'Line' }[kind]), data);
for (const [kind, data] of events(await first(`api/events?rollout=${failing}`, text => text.includes('event: status') && text.endsWith('\n\n')))) holds(`event ${kind}`, named({ replica: 'Replica', status: 'Followed' }[kind]), data);
for (const line of (await first(`api/rollouts/${rollout}/outcomes`, text => text.split('\n').length > 3)).split('\n').slice(0, 3)) holds('an outcome', named('Outcome'), JSON.parse(line));

// Commands, taken and refused.
await ask('POST', one + '/start', { body: { version: 'v3' }, code: 409 });
await ask('POST', one + '/start', { body: {}, code: 400 });
await ask('POST', one + '/start', { name: 'none', body: { version: 'v3' }, code: 404 });
await ask('GET', one, { name: 'none', code: 404 });
await ask('GET', '/api/events', { query: '?rollout=none', code: 404 });
await ask('POST', one + '/pause', { headers: { 'If-Match': '"9.9"' }, code: 412 });
for (const verb of ['/pause', '/resume']) await ask('POST', one + verb);
const approved = await ask('POST', one + '/approve', { body: { by: 'ann', reason: 'looked at it' } });
assert.ok(approved.approval);
await ask('PUT', one, { body: { name: rollout, steps: 'none' }, code: 400 });
await ask('POST', one + '/override', { body: { arm: 'canary' }, code: 200 });
await ask('DELETE', one, { code: 409 });
await ask('POST', one + '/rollback', { body: { reason: 'seen enough', by: 'ann' } });
await ask('POST', one + '/retry', { body: {}, code: 409 });
await ask('POST', one + '/retry', { body: { reason: 'it was nothing' } });
await ask('POST', one + '/reject', { body: { reason: 'no', by: 'ann' } });
await ask('POST', one + '/drill', { name: failing });
await ask('PUT', one + '/weight', { name: failing, body: { weight: 12.5, version: 'v3' } });
await ask('POST', one + '/advance', { name: failing });
await ask('POST', one + '/promote', { name: failing });
await ask('POST', one + '/undo', { name: failing, body: { reason: 'the one before' } });
await ask('DELETE', one, { code: 204 });
assert.deepEqual(wrong, []);
assert.ok(told.size > 30, [...told].join('\n'));
say(`${told.size} answers hold`);
