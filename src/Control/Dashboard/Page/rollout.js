// One rollout: what is true, why, and what may be done about it.

import { Actions } from './actions.js';
import { ask, path } from './api.js';
import { ArmCard } from './arm.js';
import { el, Part, say, show } from './dom.js';
import { history } from './history.js';
import { evidence } from './evidence.js';
import { extras, fleet, parts } from './parts.js';
import { record } from './record.js';
import { roomy, steps } from './steps.js';
import { apart, by, isOpen, lasted, percent, phase, short, versions, zone } from './words.js';

/** History has lines that no change of status comes with, such as a drill's. */
const historyEvery = 20_000;

export class RolloutView {
  kind = 'rollout';
  #last = null;
  #historyAt = 0;
  #historyOf = '';
  #storeUp = true;

  constructor(name) {
    this.name = name;
    this.pill = el('span', { class: 'pill big' });
    this.versions = el('p', { class: 'versions' });
    this.facts = el('p', { class: 'soft facts' });
    this.actions = new Actions(name, () => this.#loadHistory());
    this.notices = new Part(el('div', { class: 'notices' }), notices => notices.map(([kind, text]) => el('p', { class: `banner ${kind}`, text })));
    this.record = new Part(el('section', { class: 'card record', 'aria-label': 'The rollback' }), record);
    this.stableShare = el('span', { class: 'share stable' });
    this.canaryShare = el('span', { class: 'share canary' });
    this.bar = el('div', { class: 'split', role: 'img' }, el('div', { class: 'canary' }));
    this.steps = new Part(el('ol', { class: 'steps' }), steps);
    this.gate = el('p', { class: 'gate' });
    this.stable = new ArmCard('stable');
    this.canary = new ArmCard('canary');
    this.evidence = new Part(el('section', { class: 'card verdict' }), evidence);
    this.parts = new Part(el('section', { class: 'card' }), parts);
    this.fleet = new Part(el('section', { class: 'card' }), fleet);
    this.extras = new Part(el('section', { class: 'card' }), extras);
    this.partial = el('p', { class: 'soft', hidden: true, text: 'The store is away: lines may be missing here.' });
    this.history = new Part(el('ol', { class: 'history' }), history);
    this.gone = el('h1', { class: 'empty', hidden: true });
    this.body = el('div', { class: 'body', hidden: true },
      el('div', { class: 'command' },
        el('div', { class: 'heading' }, el('div', { class: 'title' }, el('h1', {}, el('span', { text: name }), this.pill), this.versions, this.facts), this.actions.rollback),
        this.actions.moves, this.actions.panel),
      this.notices.node, this.record.node,
      el('div', { class: 'columns' },
        el('div', { class: 'column' },
          el('section', { class: 'card traffic', 'aria-label': 'Traffic' },
            el('div', { class: 'shares' }, this.stableShare, this.canaryShare), this.bar, this.steps.node, this.gate),
          el('div', { class: 'pair' }, this.stable.node, this.canary.node),
          el('section', { class: 'card past' }, el('h2', {}, 'History ', el('span', { class: 'soft zone', text: `Times in ${zone}` })), this.partial, this.history.node)),
        el('div', { class: 'column' }, this.evidence.node, this.parts.node, this.fleet.node, this.extras.node)));
    this.node = el('div', {}, el('a', { class: 'back', href: '#/', text: '‹ All rollouts' }), this.gone, this.body);
  }

  event(kind, data) {
    if (kind === 'replica') this.#stored(data.storeUp);
    else if (kind === 'status') this.#update(data.status, data.objectives);
    else if (kind === 'gone') this.missing(`The rollout '${this.name}' was deleted.`);
  }

  /** What the store has can be read again, and what it has not got yet was written meanwhile. */
  #stored(isUp) {
    if (this.#storeUp === isUp) return;
    this.#storeUp = isUp;
    show(this.partial, !isUp);
    this.#loadHistory();
  }

  missing(problem) {
    show(this.body, false);
    show(this.gone, true);
    say(this.gone, problem);
    document.title = `${this.name} · Snapback`;
  }

  connected(isLive) {
    this.actions.connected(isLive);
    this.#historyOf = '';
  }

  tick() {
    if (!this.#last) return;
    this.stable.sample(this.#last.arms.stable);
    this.canary.sample(this.#last.arms.canary);
    this.#facts();
    this.#record();
    if (performance.now() - this.#historyAt > historyEvery) this.#loadHistory();
  }

  key(event) {
    this.actions.pressed(event);
  }

  dispose() {}

  #update(status, objectives) {
    const before = this.#last;
    this.#last = status;
    show(this.gone, false);
    show(this.body, true);
    this.#tell(before, status);
    this.pill.dataset.phase = status.phase;
    say(this.pill, phase(status.phase));
    say(this.versions, `${status.version ? 'Version ' : ''}${versions(status, apart)}`);
    this.#facts();
    this.actions.update(status);
    this.notices.update(notices(status));
    this.#record();
    say(this.stableShare, `Stable${status.stableVersion ? ' ' + short(status.stableVersion) : ''} ${percent(100 - status.weight)}`);
    const copied = status.shadow?.share ?? 0;
    say(this.canaryShare, `Canary${status.version ? ' ' + short(status.version) : ''} ${percent(status.weight)}${copied > 0 ? `, ${percent(copied)} copied` : ''}`);
    this.bar.setAttribute('aria-label', `Stable gets ${percent(100 - status.weight)} of the traffic, the canary ${percent(status.weight)}${copied > 0 ? ` and copies of ${percent(copied)}` : ''}.`);
    this.bar.style.setProperty('--share', `${status.weight}%`);
    this.bar.style.setProperty('--copied', `${copied}%`);
    this.steps.node.classList.toggle('many', status.plan.steps.length > roomy);
    this.steps.update({ steps: status.plan.steps, step: status.step, phase: status.phase, manual: status.manual });
    say(this.gate, status.nextGate ? `${['Waiting', 'Progressing', 'Baking'].includes(status.phase) ? 'Next: ' : ''}${status.nextGate}` : '');
    this.stable.update(status, objectives);
    this.canary.update(status, objectives);
    this.evidence.update({ verdict: status.verdict, objectives, phase: status.phase, told: [status.rollback?.explanation, status.phase === 'Frozen' ? status.reason : null, status.warning], authority: status.rollback?.authority, details: status.failureDetails, burn: status.burnRates, onBreach: status.plan.onBreach });
    this.parts.update(status.plan);
    show(this.fleet.node, status.fleet !== null);
    if (status.fleet) this.fleet.update({ ...status.fleet, silentMs: Math.round(status.fleet.silentMs / 1000) * 1000, key: `${status.generation}.${status.revision}` });
    const more = { flags: status.flags, shadow: status.shadow, group: status.group, readyBy: status.readyBy, approval: status.approval, refused: status.refusedVersions, switches: status.switches };
    show(this.extras.node, more.flags.length > 0 || more.shadow !== null || more.group != null || more.approval !== null || more.refused.length > 0);
    this.extras.update(more);
    const key = `${status.generation}.${status.revision}`;
    if (key !== this.#historyOf) {
      this.#historyOf = key;
      this.#loadHistory();
    }
  }

  #record() {
    const { phase: now, rollback } = this.#last;
    show(this.record.node, rollback !== null && now === 'RolledBack');
    if (rollback && now === 'RolledBack') this.record.update(rollback);
  }

  #facts() {
    const status = this.#last;
    say(this.facts, [
      status.generation > 0 ? `Generation ${status.generation}, revision ${status.revision}` : null,
      `unchanged for ${lasted(status.since)}`,
      status.by ? by(status.by) : null,
      status.owner ? `owned by ${apart(status.owner)}` : null,
      status.swapped && status.plan.canary ? `stable is cluster '${apart(status.plan.canary)}', canary is cluster '${apart(status.plan.stable)}'` : null,
    ].filter(Boolean).join(' · '));
  }

  /** Once per change, for those who listen instead of looking, and in the tab's title. */
  #tell(before, status) {
    document.title = `${isOpen(status.phase) ? percent(status.weight) + ' ' : ''}${phase(status.phase)} · ${this.name} · Snapback`;
    if (!before || (before.phase === status.phase && before.weight === status.weight)) return;
    const alarming = before.phase !== status.phase && (status.phase === 'RolledBack' || status.phase === 'Frozen');
    const why = status.phase === 'RolledBack' ? status.rollback?.explanation : status.phase === 'Frozen' ? status.reason : null;
    say(document.getElementById(alarming ? 'alarm' : 'said'), `${this.name}: ${phase(status.phase)}, ${percent(status.weight)}. ${why ?? ''}`.trim());
  }

  async #loadHistory() {
    this.#historyAt = performance.now();
    const { ok, body } = await ask(path(this.name, 'history'));
    if (ok) this.history.update({ lines: body, isWhole: this.#storeUp });
  }
}

/** What somebody must know before anything else, as [kind, sentence]. */
export function notices(status) {
  const told = [];
  if (status.phase === 'Frozen') told.push(['frozen', status.reason ?? 'Frozen: the weight stays, nothing goes up, someone must decide.']);
  if (status.warning) told.push(['warn', status.warning]);
  if (status.fleet?.foreign) told.push(['store', 'The directory of this replica has another rollout of this name than the fleet: the canary gets nothing from this replica until it is started with an empty --data.']);
  else if (status.fleet?.newer) told.push(['store', 'What the fleet has was written by a newer Snapback: the canary gets nothing from this replica until it is upgraded.']);
  else if (status.fleet?.withheld) told.push(['store', 'This replica does not hear the fleet: the canary gets nothing from it until it does, whatever the weight.']);
  else if (status.fleet?.heard === false) told.push(['store', 'This replica does not hear the fleet: it decides by itself, on its own traffic.']);
  if (status.givenPlan) told.push(['note', status.givenPlan]);
  if (!status.switches.autoRollback) told.push(['warn', 'Automatic rollback is switched off: a breach freezes the rollout and waits for you.']);
  if (!status.switches.autoAdvance && isOpen(status.phase)) told.push(['note', 'Automatic advance is switched off: steps wait for you.']);
  return told;
}
