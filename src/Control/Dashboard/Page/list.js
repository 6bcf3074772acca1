// All rollouts of the proxy, a line each.

import { el, Part, say } from './dom.js';
import { ago, percent, phase, version } from './words.js';

const first = `snapback --stable http://127.0.0.1:5001 --canary http://127.0.0.1:5002`;

export class ListView {
  kind = 'list';
  #rollouts = new Map();
  #names = null;
  #rows = new Map();

  constructor() {
    this.heading = el('h1', { text: 'Rollouts' });
    this.count = el('p', { class: 'soft' });
    this.list = el('ul', { class: 'rollouts' });
    this.empty = el('div', { class: 'empty', hidden: true },
      el('h2', { text: 'No rollout yet' }),
      el('p', { text: 'A rollout begins with a plan: which two versions, what breaks it, who may roll it back, and by when.' }),
      el('pre', { tabindex: '0' }, el('code', { text: `snapback plan check payments.yaml\nsnapback apply payments.yaml\nsnapback start payments-api --version v2` })),
      el('p', { text: 'Or give the proxy two upstreams, and it makes a plan of its own:' }),
      el('pre', { tabindex: '0' }, el('code', { text: first })));
    this.node = el('div', {}, el('div', { class: 'heading' }, this.heading, this.count), this.list, this.empty);
  }

  event(kind, data) {
    if (kind === 'replica') {
      this.#names = data.rollouts;
      for (const name of [...this.#rollouts.keys()].filter(name => !data.rollouts.includes(name))) this.#rollouts.delete(name);
    } else if (kind === 'rollout') {
      const before = this.#rollouts.get(data.name);
      this.#rollouts.set(data.name, data);
      if (before && before.phase !== data.phase) say(document.getElementById('said'), `${data.name}: ${phase(data.phase)}, ${percent(data.weight)}`);
    }
    this.#render();
  }

  tick() {
    for (const row of this.#rows.values()) row.tick();
  }

  missing() {}

  dispose() {}

  #render() {
    const names = (this.#names ?? []).filter(name => this.#rollouts.has(name));
    const isEmpty = this.#names?.length === 0;
    this.empty.hidden = !isEmpty;
    this.list.hidden = isEmpty;
    say(this.count, this.#names && !isEmpty ? `${this.#names.length} on this proxy` : '');
    for (const [name, row] of this.#rows) if (!names.includes(name)) { row.node.remove(); this.#rows.delete(name); }
    names.forEach((name, at) => {
      if (!this.#rows.has(name)) this.#rows.set(name, new Row(name));
      const row = this.#rows.get(name);
      if (this.list.children[at] !== row.node) this.list.insertBefore(row.node, this.list.children[at] ?? null);
      row.update(this.#rollouts.get(name));
    });
  }
}

class Row {
  constructor(name) {
    this.pill = el('span', { class: 'pill' });
    this.versions = el('span', { class: 'versions' });
    this.weight = el('span', { class: 'figure' });
    this.canary = el('span', { class: 'canary' });
    this.since = el('span', { class: 'soft since' });
    this.why = new Part(el('p', { class: 'why' }), text => text && document.createTextNode(text));
    this.node = el('li', {}, el('a', { href: `#/${encodeURIComponent(name)}` },
      el('span', { class: 'name', text: name }), this.pill, this.versions,
      el('span', { class: 'bar', 'aria-hidden': 'true' }, this.canary), this.weight, this.since, this.why.node));
  }

  update(rollout) {
    this.rollout = rollout;
    this.pill.dataset.phase = rollout.phase;
    say(this.pill, phase(rollout.phase));
    say(this.versions, rollout.version ? `${version(rollout.version)} against ${rollout.stableVersion ?? 'stable'}` : 'Waits for its first version');
    say(this.weight, rollout.copied > 0 ? `${percent(rollout.copied)} copied` : percent(rollout.weight));
    this.canary.style.setProperty('--share', `${rollout.weight}%`);
    this.why.update((rollout.phase === 'RolledBack' && rollout.rolledBack) || (rollout.phase === 'Frozen' && rollout.reason) || rollout.warning || '');
    this.tick();
  }

  tick() {
    say(this.since, ago(this.rollout.since));
  }
}
