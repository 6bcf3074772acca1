// Which rollouts of a long list are shown: by a part of the name, and by phase. The phases with their counts are the list at one glance.

import { el, say, show } from './dom.js';
import { count, phase } from './words.js';

/** What needs somebody stands first, here and in the list. */
export const order = ['Frozen', 'Waiting', 'RolledBack', 'Progressing', 'Paused', 'Baking', 'Promoted', 'Idle'];

/** A breach that is only told, and a canary that gets nothing here, need somebody as a freeze does. */
export const rank = rollout => order.indexOf(rollout.warning || rollout.withheld ? 'Frozen' : rollout.phase);

/** Fewer are seen at one glance anyway. */
const many = 6;

/** Kept while the page is open: whoever comes back from a rollout finds the list as it was left. */
const kept = { text: '', phase: null };

export class Filter {
  constructor(changed) {
    this.changed = changed;
    this.text = el('input', { type: 'search', 'aria-label': 'Find a rollout', placeholder: 'Find a rollout', value: kept.text, autocomplete: 'off', spellcheck: 'false', input: () => this.#set({ text: this.text.value }) });
    this.chips = new Map(order.map(name => {
      const figure = el('span', { class: 'figure' });
      const chip = el('button', { type: 'button', class: 'pill chip', 'data-phase': name, hidden: true, click: () => this.#set({ phase: kept.phase === name ? null : name }) }, el('span', { text: phase(name) }), ' ', figure);
      return [name, { chip, figure }];
    }));
    this.none = el('p', { class: 'empty', hidden: true }, 'No rollout matches. ', el('button', { type: 'button', text: 'Show all', click: () => this.#set({ text: '', phase: null }) }));
    this.node = el('div', { class: 'filter', hidden: true }, this.text, el('div', { class: 'chips', role: 'group', 'aria-label': 'Only rollouts in this phase' }, [...this.chips.values()].map(one => one.chip)));
  }

  /** Those that are to be seen. */
  of(rollouts) {
    const isLong = rollouts.length >= many;
    show(this.node, isLong);
    const wanted = kept.text.trim().toLowerCase();
    for (const [name, { chip, figure }] of this.chips) {
      const there = rollouts.filter(rollout => rollout.phase === name).length;
      say(figure, count(there));
      show(chip, there > 0 || kept.phase === name);
      chip.setAttribute('aria-pressed', String(kept.phase === name));
    }

    const seen = isLong ? rollouts.filter(rollout => (!kept.phase || rollout.phase === kept.phase) && rollout.name.includes(wanted)) : rollouts;
    show(this.none, rollouts.length > 0 && seen.length === 0);
    return seen;
  }

  #set(change) {
    Object.assign(kept, change);
    if (this.text.value !== kept.text) this.text.value = kept.text;
    this.changed();
  }
}
