// The plan of a rollout on one page, as it can be printed.

import { ask, path } from './api.js';
import { el } from './dom.js';
import { count } from './words.js';

const words = key => key.replace(/([A-Z])/g, letter => ` ${letter.toLowerCase()}`).replace(/^./, letter => letter.toUpperCase());

export class PlanView {
  kind = 'plan';
  #isShown = false;
  #of = null;

  constructor(name, signIn) {
    this.name = name;
    this.signIn = signIn;
    this.body = el('div', { class: 'card' });
    this.node = el('article', {},
      el('a', { class: 'back', href: `#/${encodeURIComponent(name)}`, text: `‹ ${name}` }),
      el('h1', { text: `The plan of ${name}` }), this.body);
    this.#load();
  }

  async #load() {
    const { ok, status, body, problem } = await ask(path(this.name, 'plan'), { headers: { Accept: 'application/json' } });
    if (status === 401) return this.signIn();
    this.#isShown = ok;
    this.body.replaceChildren(...(ok ? page(body) : [el('p', { class: 'problem', text: problem })]));
  }

  /** One that could not be read, or is another by now. */
  event(kind, data) {
    if (kind !== 'status') return;
    const [before, plan] = [this.#of, JSON.stringify(data.status.plan)];
    this.#of = plan;
    if (!this.#isShown || (before !== null && before !== plan)) this.#load();
  }

  missing() {}

  dispose() {}
}

function page(plan) {
  return [
    el('dl', { class: 'rows' }, Object.entries(plan.rows).flatMap(([key, value]) => [el('dt', { text: words(key) }), el('dd', {}, coded(value))])),
    el('h2', { text: 'What is measured' }),
    ...plan.metrics.map(metric => el('div', {}, el('p', { text: `${metric.name}, ${metric.limit}` }), el('pre', { tabindex: '0' }, el('code', { text: metric.query })))),
    ...plan.tables.flatMap(table => [
      el('h2', { text: `When ${table.objective} rolls back` }), el('p', { text: table.sentence }),
      table.bounds.length > 0 && el('table', {},
        el('thead', {}, el('tr', {}, el('th', { text: 'k' }), el('th', { text: 'n' }))),
        el('tbody', {}, table.bounds.map(bound => el('tr', {}, el('td', { text: bound.failure }), el('td', { text: bound.within === null ? 'never' : count(bound.within) }))))),
    ]).filter(Boolean),
  ];
}

/** What stands between backticks is code. */
function coded(text) {
  return String(text).split('`').map((part, at) => el(at % 2 === 1 ? 'code' : 'span', { text: part }));
}
