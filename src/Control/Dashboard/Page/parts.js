// The four parts of a plan, the replicas of a fleet, and what not every rollout has.

import { el } from './dom.js';
import { count, counted, duration, milliseconds, percent } from './words.js';

/** What triggers, the action, who may, by when: nothing starts without them. */
export function parts(plan) {
  const acts = ['weight 0 for the very next request', plan.flag && `flag ${plan.flag} off`, plan.rollback.hooks?.length > 0 && `hooks: ${plan.rollback.hooks.map(hook => hook.name ?? hook.url).join(', ')}`].filter(Boolean);
  const verb = { freeze: 'A breach freezes it and does not roll back', notify: 'A breach is told and does not roll back' }[plan.onBreach];
  return [
    el('h2', { text: 'The plan' }),
    el('dl', { class: 'rows' },
      row('Trigger', triggers(plan).join('; ')), row('Action', verb ?? acts.join('; ')),
      row('Authority', `${plan.rollback.authority.join(', ')}, and the judge`), row('Deadline', plan.rollback.deadline)),
    el('p', {}, el('a', { href: `#/${encodeURIComponent(plan.name)}/plan`, text: 'The whole plan on one page' })),
  ];
}

const row = (name, value) => [el('dt', { text: name }), el('dd', { text: value })];

/** What rolls it back, in short: how often a check may fail stands on the whole plan. */
function triggers(plan) {
  const inARow = plan.consecutiveFailures;
  return [
    inARow && `${counted(inARow, 'failure')} in a row`, ...plan.objectives.map(one => objective(one, inARow)),
    !inARow && plan.maxRatioToStable !== 'off' && `more than ${plan.maxRatioToStable ?? 2}× stable’s failure rate`,
    plan.maxLatencyRatioToStable && `more than ${plan.maxLatencyRatioToStable}× stable’s p95`,
    ...(plan.hooks ?? []).map(hook), plan.onNoData === 'rollback' && 'a step without its requests',
  ].filter(Boolean);
}

const tells = one => one.onBreach === 'notify';

function objective(one, inARow) {
  if (one.burnRate) return !one.burnRate.rules.every(tells) && `burn rate of ${one.burnRate.objective}`;
  if (one.interval) return !tells(one) && `check ${one.name}`;
  if (one.metric === 'success-rate') return !inARow && `success rate below ${one.min}`;
  return `${one.metric} above ${milliseconds(one.max)} ms`;
}

const ending = { rollback: 'says yes', step: 'says no', 'pre-rollout': 'says no' };
const told = ['post-rollout', 'event'];

function hook(one) {
  const ends = [ending[one.when], one.onDown === 'rollback' && !told.includes(one.when) && 'is down'].filter(Boolean);
  return ends.length > 0 && `hook ${one.name} ${ends.join(', or ')}`;
}

/** Who else shares this rollout, and how far behind each is. */
export function fleet(it) {
  const isApart = replica => `${replica.generation}.${replica.revision}` !== it.key;
  const apart = it.replicas.filter(isApart);
  const ahead = apart.filter(replica => replica.generation > parseInt(it.key, 10)).length;
  const others = [apart.length > ahead && `${apart.length - ahead} behind`, ahead > 0 && `${ahead} at a later generation`].filter(Boolean).join(', ');
  const known = it.replicas.length + it.away.length;
  const held = others || (it.away.length > 0 ? 'Whoever is heard holds the same' : 'All hold the same');
  const unheard = it.foreign ? 'This replica is left out: what its directory has is another rollout of this name.'
    : it.newer ? 'This replica is left out: it cannot read what the fleet has.'
      : `The fleet was not heard for ${duration(it.silentMs)}.`;
  return [
    el('h2', { text: known > 0 ? `Fleet of ${known}` : 'Fleet' }),
    el('p', { class: it.heard ? 'soft' : 'problem', text: it.heard ? `${held}${it.leads ? '; this one leads: it climbs the steps and calls the hooks' : ''}.` : unheard }),
    el('ul', { class: it.heard ? 'replicas' : 'replicas unheard' }, it.replicas.map(replica => el('li', { class: isApart(replica) ? 'behind' : '' },
      el('span', { class: 'name', text: replica.name }), isApart(replica) && el('span', { text: `at generation ${replica.generation}, revision ${replica.revision}` }),
      it.replicas.length > 1 && !it.foreign && el('span', { class: 'soft', text: replica.lagMs > 0 ? `${replica.lagMs.toFixed(1)} ms after the first` : 'the first to hold it' })))),
    it.away.length > 0 && el('p', { class: 'problem', text: `Away: ${it.away.map(replica => `${replica.name}, silent for ${duration(replica.silentMs)}`).join('; ')}.` }),
    it.counted && el('p', { class: 'soft', text: `All together: canary ${count(it.counted.canary.good)} good, ${count(it.counted.canary.bad)} failed; stable ${count(it.counted.stable.good)} good, ${count(it.counted.stable.bad)} failed.` }),
  ];
}

/** Shadow, flags, group, approval, refused versions. */
export function extras(it) {
  return [
    el('h2', { text: 'Also' }),
    el('dl', { class: 'rows' },
      it.approval && row('Approved', `by ${it.approval.by}: ${it.approval.reason ?? ''}`),
      it.group && row('Group', `${it.group}${it.readyBy ? '; ready' : ''}${it.readyBy && it.readyBy !== 'snapback' ? ` by ${it.readyBy}` : ''}`),
      it.shadow && row('Shadow', `${it.shadow.share > 0 ? `${percent(it.shadow.share)} copied: ` : ''}${count(it.shadow.good)} good, ${count(it.shadow.failed)} failed, ${count(it.shadow.dropped)} dropped${it.shadow.compared > 0 ? `; ${count(it.shadow.different)} of ${counted(it.shadow.compared, 'answer')} ${it.shadow.different === 1 ? 'differs' : 'differ'}` : ''}`),
      it.flags.length > 0 && row('Flags', it.flags.map(flag => `${flag.name} ${flag.enabled ? `on for ${percent(flag.share)}` : 'off'}`).join(', ')),
      it.refused.length > 0 && row('Refused', `${it.refused.slice(-5).join(', ')}: rolled back, and may start again only by a retry with a reason`)),
  ];
}
