// All rollouts of the proxy, a line each.

import { el, say } from './dom.js';
import { Filter, rank } from './filter.js';
import { apart, lasted, percent, phase, time, versions } from './words.js';

const first = `snapback --stable http://127.0.0.1:5001 \\\n  --canary http://127.0.0.1:5002`;

export class ListView {
  kind = 'list';
  #rollouts = new Map();
  #names = null;
  #partial = false;
  #rows = new Map();
  #due = 0;

  constructor() {
    this.heading = el('h1', { text: 'Rollouts' });
    this.count = el('p', { class: 'soft' });
    this.list = el('ul', { class: 'rollouts' });
    this.filter = new Filter(() => this.#render());
    this.empty = el('div', { class: 'empty', hidden: true },
      el('h2', { text: 'No rollout yet' }),
      el('p', { text: 'A rollout begins with a plan: which two versions, what breaks it, who may roll it back, and by when.' }),
      el('pre', { tabindex: '0' }, el('code', { text: `snapback plan check payments.yaml\nsnapback apply payments.yaml\nsnapback start payments-api --version v2` })),
      el('p', { text: 'Or give the proxy two upstreams, and it makes a plan of its own:' }),
      el('pre', { tabindex: '0' }, el('code', { text: first })));
    this.unheard = el('div', { class: 'empty', hidden: true },
      el('h2', { text: 'The fleet is not heard yet' }),
      el('p', { text: 'Which rollouts it has is not known to this replica, which has not heard it since it started. They appear here as soon as it does; until then, look at the page of another replica.' }));
    this.node = el('div', {}, el('div', { class: 'heading' }, this.heading, this.count), this.filter.node, this.list, this.filter.none, this.empty, this.unheard);
  }

  event(kind, data) {
    if (kind === 'replica') {
      this.#names = data.rollouts;
      this.#partial = data.partial;
      for (const name of [...this.#rollouts.keys()].filter(name => !data.rollouts.includes(name))) this.#rollouts.delete(name);
    } else if (kind === 'rollout') {
      const before = this.#rollouts.get(data.name);
      this.#rollouts.set(data.name, data);
      if (before && before.phase !== data.phase) say(document.getElementById('said'), `${data.name}: ${phase(data.phase)}, ${percent(data.weight)}`);
    }
    // A thousand come at once, and each would be a look at all of them.
    this.#due ||= requestAnimationFrame(() => this.#render());
  }

  tick() {
    for (const row of this.#rows.values()) row.tick();
  }

  missing() {}

  dispose() {}

  #render() {
    this.#due = 0;
    const known = (this.#names ?? []).filter(name => this.#rollouts.has(name)).map(name => this.#rollouts.get(name));
    const names = this.filter.of(known).toSorted((one, other) => rank(one) - rank(other)).map(rollout => rollout.name);
    const focused = document.activeElement;
    const isEmpty = this.#names?.length === 0;
    this.empty.hidden = !isEmpty || this.#partial;
    this.unheard.hidden = !isEmpty || !this.#partial;
    this.list.hidden = isEmpty;
    say(this.count, this.#names && !isEmpty ? `${this.#names.length} on this proxy` : '');
    for (const [name, row] of this.#rows) if (!names.includes(name)) { row.node.remove(); this.#rows.delete(name); }
    names.forEach((name, at) => {
      if (!this.#rows.has(name)) this.#rows.set(name, new Row(name));
      const row = this.#rows.get(name);
      if (this.list.children[at] !== row.node) this.list.insertBefore(row.node, this.list.children[at] ?? null);
      row.update(this.#rollouts.get(name));
    });
    // A row that moves takes the focus along.
    if (this.list.contains(focused)) focused.focus({ preventScroll: true });
  }
}

/** A weight that this replica does not give is the first thing to know of it. */
export const why = rollout => [rollout.withheld && 'This replica stands apart from the fleet: the canary gets nothing from it, whatever the weight.', stands(rollout)].filter(Boolean).join(' ');

/** Where somebody asks why it does not move. What was said at the start is no reason to wait. */
function stands({ phase, step, group, reason, rolledBack, warning }) {
  if (phase === 'RolledBack') return rolledBack;
  if (phase === 'Waiting' && !(step > 0 && reason)) return group ? `Goes up when all of the group '${group}' are ready.` : 'Its schedule or a hook has not let it go up.';
  return (['Frozen', 'Waiting', 'Paused'].includes(phase) && reason) || warning;
}

class Row {
  constructor(name) {
    this.pill = el('span', { class: 'pill' });
    this.versions = el('span', { class: 'versions' });
    this.weight = el('span', { class: 'figure' });
    this.bar = el('span', { class: 'bar', 'aria-hidden': 'true' }, el('span', { class: 'canary' }));
    this.since = el('span', { class: 'soft since' });
    this.why = el('p', { class: 'why' });
    this.node = el('li', {}, el('a', { href: `#/${encodeURIComponent(name)}` },
      el('span', { class: 'name', text: name }), this.pill, this.versions,
      this.bar, this.weight, this.since, this.why));
  }

  update(rollout) {
    if (rollout === this.rollout) return;
    this.rollout = rollout;
    this.pill.dataset.phase = rollout.phase;
    say(this.pill, phase(rollout.phase));
    say(this.versions, versions(rollout));
    this.versions.title = versions(rollout, apart);
    say(this.weight, rollout.copied > 0 ? `${percent(rollout.copied)} copied` : percent(rollout.weight));
    this.bar.style.setProperty('--share', `${rollout.weight}%`);
    this.bar.style.setProperty('--copied', `${rollout.copied}%`);
    this.since.title = `Since ${time(rollout.since)}`;
    say(this.why, why(rollout));
    this.tick();
  }

  tick() {
    say(this.since, `for ${lasted(this.rollout.since)}`);
  }
}
