// The ladder: what is done, where it stands, what is to come.

import { el } from './dom.js';
import { count, isOpen } from './words.js';

/** More of these have no room for what each of them wants; the gate's line says it of the one that counts, and the plan of all. */
export const roomy = 6;

export function steps({ steps: all, step, phase, manual }) {
  return all.map((one, at) => {
    const number = at + 1;
    const done = phase === 'Promoted' || (isOpen(phase) && number < step) || (phase === 'RolledBack' && number < step);
    const here = number === step && phase !== 'Promoted' && phase !== 'Idle';
    const state = here ? (phase === 'RolledBack' ? 'broken' : 'here') : done ? 'done' : 'ahead';
    const words = { broken: 'rolled back here', here: manual ? 'set by hand' : 'now', done: 'done', ahead: 'to come' };
    const wants = [
      one.hold && `hold ${one.hold}`, one.bake && `bake ${one.bake}`, one.requests > 1 && `${count(one.requests)} requests`,
      one.approval && (Array.isArray(one.approval) ? `approval by ${one.approval.join(' or ')}` : 'approval'), one.only && 'reads only',
    ].filter(Boolean).join(', ');
    return el('li', { class: state, 'aria-current': here ? 'step' : null },
      el('span', { class: 'knot', 'aria-hidden': 'true' }),
      el('span', { class: 'figure', text: one.shadow ? `Shadow ${one.shadow}` : one.weight }),
      el('span', { class: 'soft wants', text: wants }),
      el('span', { class: 'unseen', text: words[state] }));
  });
}
