// The OpenAPI document of a running proxy, as that answers. A document may be added to, so its schemas are open; here they are closed, so that nothing is answered that does not
// stand in it.
import assert from 'node:assert/strict';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export const events = text => text.split('\n\n').filter(one => one.includes('data: ')).map(one => [one.match(/event: (.*)/)[1], JSON.parse(one.match(/data: (.*)/)[1])]);
export const named = name => ({ $ref: `#/components/schemas/${name}` });
export const one = '/api/rollouts/{name}';

/** What has members of its own has no others. */
function close(node) {
  if (Array.isArray(node)) node.forEach(close);
  else if (node && typeof node === 'object') {
    if (node.properties && node.type === 'object' && !('additionalProperties' in node)) node.additionalProperties = false;
    Object.values(node).forEach(close);
  }
}

/** What holds the proxy's answers to it. */
export async function read(admin, rollout, token) {
  const own = token ? { Authorization: `Bearer ${token}` } : {};
  const document = await (await fetch(new URL('openapi/v1.json', admin), { headers: own })).json();

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
      method, headers: { Accept: 'application/json', 'Content-Type': 'application/json', ...own, ...headers }, body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
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
    const response = await fetch(new URL(path, admin), { signal: stop.signal, headers: own });
    let text = '';
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) if (isEnough(text += part)) break;
    stop.abort();
    return text;
  }

  return { ask, first, holds, told, wrong };
}
