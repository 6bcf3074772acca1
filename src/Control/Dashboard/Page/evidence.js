// What the judge says, and how far it is from rolling back.

import { el } from './dom.js';
import { count, phase as phaseWord } from './words.js';

const states = { Pass: 'Nothing against it', NotEnough: 'Fewer requests than the step needs', Breach: 'A limit is broken', BothBad: 'Both arms fail' };
const were = { ...states, Breach: 'A limit was broken', BothBad: 'Both arms failed' };

/** What a breach leads to, by the plan. */
const breach = { freeze: 'the rollout is frozen', notify: 'people are told' };

export function evidence({ verdict, objectives, phase, told, authority, details, burn, onBreach }) {
  const closed = ['Idle', 'Promoted', 'RolledBack'].includes(phase);
  const fired = phase === 'RolledBack' && authority === 'judge';
  const isJudged = !closed || fired;
  const worst = Math.max(1, ...objectives.map(one => one.threshold));
  // What was in flight at the decision counts too, so that the odds may stand lower here than in the decision's own sentence.
  const after = closed ? fired ? '; responses that came after the decision are counted too' : '' : `; at ${odds(worst)} ${breach[onBreach] ?? 'it is rolled back'}`;
  return [
    el('h2', { text: 'Verdict' }),
    el('p', { class: `state ${isJudged ? verdict.state : 'NotEnough'}`, text: isJudged ? (closed ? were : states)[verdict.state] ?? verdict.state : `${phaseWord(phase)}: nobody is judged` }),
    !told.includes(verdict.explanation) && el('p', { text: verdict.explanation }),
    objectives.length > 0 && phase !== 'Promoted' && el('div', { class: 'gauges' },
      el('p', { class: 'soft', text: `Evidence against the canary, as odds on a logarithmic scale${after}.` }),
      objectives.map(gauge)),
    verdict.proof && el('p', { class: 'soft', text: verdict.proof }),
    details?.sentence && el('p', { class: 'soft', text: details.sentence }),
    burn.length > 0 && el('p', { class: 'soft', text: `Burn rate: ${burn.map(one => `${one.canary} over ${one.window} (stable ${one.stable})`).join(', ')}.` }),
  ];
}

const names = { 'success-rate': 'Success rate', relative: 'Compared with stable' };
/** Beyond a million nobody reads the digits. */
const odds = level => `${level > 1e6 ? 'over ' : ''}${count(Math.min(level, 1e6))} : 1`;

function gauge(one) {
  const fill = el('span', { class: one.evidence >= 1 ? 'fill full' : 'fill' });
  fill.style.setProperty('--level', `${Math.max(0, Math.min(1, one.evidence)) * 100}%`);
  const powers = Math.log10(one.threshold);
  const ticks = Array.from({ length: Math.max(0, Math.ceil(powers) - 1) }, (_, at) => {
    const tick = el('span', { class: 'tick' });
    tick.style.setProperty('--level', `${(at + 1) / powers * 100}%`);
    return tick;
  });
  const level = one.bad === 0 || one.level < 1 ? 1 : one.level;
  const text = one.evidence === 0 ? 'none' : odds(level);
  return el('div', { class: 'gauge' },
    el('div', { class: 'gaugehead' }, el('span', { text: names[one.name] ?? one.name }), el('span', { class: 'figure', text })),
    el('div', { class: 'scale', role: 'meter', 'aria-label': `Evidence, ${names[one.name] ?? one.name}`, 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': Math.round(one.evidence * 100), 'aria-valuetext': `${text}; the scale ends at ${odds(one.threshold)}` }, fill, ticks));
}
