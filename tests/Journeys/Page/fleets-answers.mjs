// node fleets-answers.mjs ADMIN ROLLOUT TOKEN: what only a replica of a fleet answers, what whoever shows no token is told, and what is said while Redis is silent: from the command with
// the reason "silence" on, until "cut off" was said.
import assert from 'node:assert/strict';
import { setTimeout as rest } from 'node:timers/promises';
import { say } from './browser.mjs';
import { events, named, one, read } from './document.mjs';

const [admin, rollout, token] = process.argv.slice(2);
const { ask, first, holds, told, wrong } = await read(admin, rollout, token);

const headers = { Authorization: 'Bearer wrong' };
for (const path of ['/api/rollouts', one, one + '/history', '/api/events', '/api/flags', '/openapi/v1.json']) await ask('GET', path, { headers, code: 401 });
await ask('POST', one + '/pause', { headers, code: 401 });

const { fleet, burnRates } = await ask('GET', one);
assert.ok(fleet.replicas.length === 2 && fleet.counted && burnRates.length > 0, JSON.stringify({ fleet, burnRates }));
for (const under of ['/evidence', '/history', '/plan']) await ask('GET', one + under);
await ask('GET', '/api/rollouts');
const followed = `api/events?rollout=${rollout}`;
for (const [kind, data] of events(await first(followed, text => text.includes('event: status') && text.endsWith('\n\n')))) holds(`event ${kind}`, named({ replica: 'Replica', status: 'Followed' }[kind]), data);

// Given, and nobody can be asked what became of it; then not even given.
await ask('PUT', one + '/weight', { body: { weight: 21, reason: 'silence' }, code: 504 });
assert.match((await ask('PUT', one + '/weight', { body: { weight: 22 }, code: 503 })).detail, /[^.]\. Nothing moved\.$/);
await ask('GET', one);
await ask('GET', '/healthz/ready');
say('cut off');
while (!(await ask('GET', one)).fleet.heard) await rest(50);

await ask('POST', one + '/rollback', { body: { reason: 'to be deleted' } });
let open;
const opened = new Promise(resolve => (open = resolve));
const stream = first(followed, text => (open(), text.includes('event: gone')) && text.endsWith('\n\n'));
await opened;
await ask('DELETE', one, { code: 204 });
const [kind, data] = events(await stream).at(-1);
assert.equal(kind, 'gone');
holds('event gone', named('Gone'), data);
assert.deepEqual(wrong, []);
say(`${told.size} answers hold`);
