// The ladder: what is done, where it stands, what is to come.

import { el } from './dom.js';
import { count, counted, isOpen } from './words.js';

/** More of these have no room for what each of them wants; the gate's line says it of the one that counts, and the plan of all. */
export const roomy = 6;

/** A ladder of more rungs would have them in each other: it is shown around the one that counts, with both ends. */
const most = 15;
const beside = 5;

export function steps({ steps: all, step, phase, manual }) {
  const middle = Math.max(beside + 1, Math.min(all.length - beside, step));
  const near = number => all.length <= most || number === 1 || number === all.length || Math.abs(number - middle) <= beside;
  const numbers = Array.from(all.keys(), at => at + 1).filter(near);
  return numbers.flatMap((number, at) => {
    const one = all[number - 1];
    const left = number - (numbers[at - 1] ?? 0) - 1;
    const done = phase === 'Promoted' || (isOpen(phase) && number < step) || (phase === 'RolledBack' && number < step);
    const here = number === step && phase !== 'Promoted' && phase !== 'Idle';
    const state = here ? (phase === 'RolledBack' ? 'broken' : 'here') : done ? 'done' : 'ahead';
    const words = { broken: 'rolled back here', here: manual ? 'set by hand' : 'now', done: 'done', ahead: 'to come' };
    const wants = [
      one.hold && `hold ${one.hold}`, one.bake && `bake ${one.bake}`, one.requests > 1 && `${count(one.requests)} requests`,
      one.approval && (Array.isArray(one.approval) ? `approval by ${one.approval.join(' or ')}` : 'approval'), one.only && 'reads only',
    ].filter(Boolean).join(', ');
    const rung = el('li', { class: state, 'aria-current': here ? 'step' : null },
      el('span', { class: 'knot', 'aria-hidden': 'true' }),
      el('span', { class: 'figure', text: one.shadow ? `Shadow ${one.shadow}` : one.weight }),
      el('span', { class: 'soft wants', text: wants }),
      el('span', { class: 'unseen', text: words[state] }));
    return left === 0 ? [rung] : [
      el('li', { class: state === 'ahead' ? 'ahead' : 'done' }, el('span', { class: 'figure', text: '…' }), el('span', { class: 'soft wants', text: counted(left, 'step') })),
      rung,
    ];
  });
}
