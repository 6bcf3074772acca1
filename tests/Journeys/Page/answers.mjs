// node answers.mjs ADMIN ROLLOUT FAILING: every JSON answer of a running proxy against the schema that its own OpenAPI document names for it. ROLLOUT shadows, has a flag and an open
// generation; FAILING was rolled back by the judge. A document may be added to, so its schemas are open; here they are closed, so that nothing is answered that does not stand in it.
import assert from 'node:assert/strict';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { say } from './browser.mjs';

const [admin, rollout, failing] = process.argv.slice(2);
const document = await (await fetch(new URL('openapi/v1.json', admin))).json();

/** What has members of its own has no others. */
function close(node) {
  if (Array.isArray(node)) node.forEach(close);
  else if (node && typeof node === 'object') {
    if (node.properties && node.type === 'object' && !('additionalProperties' in node)) node.additionalProperties = false;
    Object.values(node).forEach(close);
  }
}

close(document.components.schemas);
close(document.paths);
// Hundredths are no binary fractions.
const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: true, allowUnionTypes: true, multipleOfPrecision: 6 });
addFormats(ajv);
for (const word of ['openapi', 'info', 'servers', 'security', 'paths', 'components']) ajv.addKeyword(word);
ajv.addSchema({ $id: 'http://document/', ...document });

/** All of it is told at once. */
const wrong = [];

function holds(what, schema, value) {
  const text = JSON.stringify(schema).replaceAll('"#/', '"http://document/#/');
  const validate = ajv.compile(JSON.parse(text));
  if (!validate(value)) wrong.push(`${what}: ${validate.errors.map(error => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`).join('; ')}`);
}

const told = new Set();

/** Asks, and holds the answer to what the document says of this operation and this code. */
async function ask(method, template, { name = rollout, key = '', body, code = 200, headers = {}, query = '' } = {}) {
  const operation = document.paths[template][method.toLowerCase()];
  const response = await fetch(new URL(template.slice(1).replace('{name}', name).replace('{key}', key) + query, admin), {
    method, headers: { Accept: 'application/json', 'Content-Type': 'application/json', ...headers }, body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const what = `${method} ${template} ${response.status}`;
  assert.equal(response.status, code, `${what}: ${text}\n${wrong.join('\n')}`);
  let described = operation.responses[code];
  assert.ok(described, `${what} is not described`);
  if (described.$ref) described = document.components.responses[described.$ref.split('/').at(-1)];
  if (!described.content) return null;
  const type = response.headers.get('content-type').split(';')[0];
  assert.ok(described.content[type], `${what} is ${type}`);
  const value = JSON.parse(text);
  holds(what, described.content[type].schema, value);
  told.add(what);
  return value;
}

/** The first lines or events of a stream that does not end by itself. */
async function first(path, isEnough) {
  const stop = new AbortController();
  const response = await fetch(new URL(path, admin), { signal: stop.signal });
  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) if (isEnough(text += part)) break;
  stop.abort();
  return text;
}

const events = text => text.split('\n\n').filter(one => one.includes('data: ')).map(one => [one.match(/event: (.*)/)[1], JSON.parse(one.match(/data: (.*)/)[1])]);
const named = name => ({ $ref: `#/components/schemas/${name}` });
const one = '/api/rollouts/{name}';

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
