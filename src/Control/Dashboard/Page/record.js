// One rollback, in a sentence and in figures.

import { el } from './dom.js';
import { count, counted, duration, ms, percent, time, untold } from './words.js';

export function record(it) {
  const took = it.tookMs;
  const rows = [
    ['Decided', it.decisionMicros > 0 ? `in ${it.decisionMicros >= 1000 ? (it.decisionMicros / 1000).toFixed(1) + ' ms' : it.decisionMicros.toFixed(1) + ' µs'}, at ${time(it.at)}` : `at ${time(it.at)}`],
    ['By', `${it.authority === 'judge' ? 'the judge' : it.by}${it.authority !== 'judge' && it.authority !== it.by ? ` (${it.authority})` : ''}, on ${it.replica}`],
    it.observed !== null && ['Observed', `${percent(it.observed)} good in ${counted(it.requests, 'response')}; ${percent(it.limit)} wanted`],
    ['Canary after it', counted(it.canaryAfterDecision, 'request')],
    ['In flight then', count(it.inFlightAtDecision)],
    ['Users hurt', `${count(it.victims)}${it.shielded > 0 ? `; stable answered ${count(it.shielded)} that the canary failed` : ''}`],
    it.takenBack > 0 && ['Taken back', `${counted(it.takenBack, 'request')} that were still waiting`],
    it.cut > 0 && ['Cut', `${counted(it.cut, 'request')} that outlived the drain`],
    ['Took', `${duration(took)} of ${duration(it.deadlineMs)} allowed`],
    it.spreadMs !== null && ['Everywhere', it.spreadMs > 0 ? `after ${ms(it.spreadMs)}` : 'at once'],
    it.exposure && ['Exposed', `${counted(it.exposure.users, 'user')}, ${counted(it.exposure.requests, 'request')}`],
    it.exposure && ['Exposed from', `${time(it.exposure.from)} to ${time(it.exposure.to)}`],
  ].filter(Boolean);
  return [
    el('h2', { class: 'sentence', text: it.explanation }),
    untold(it.reason, it.explanation) && el('p', { class: 'quote', text: `“${it.reason}”` }),
    el('dl', { class: 'facts' }, rows.map(([name, value]) => el('div', {}, el('dt', { text: name }), el('dd', { text: value })))),
    took > it.deadlineMs && el('p', { class: 'problem', text: 'It took longer than its deadline.' }),
  ];
}
