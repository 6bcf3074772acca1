// What an operator may do now. Down is one click, one confirmation, at the same place, in every phase; up says what it has seen.

import { command, session } from './api.js';
import { el, say, show } from './dom.js';
import { isOpen } from './words.js';

const text = (name, label, more = {}) => ({ name, label, ...more });
const reason = text('reason', 'Reason');
const needed = { ...reason, required: true };

const climbs = status => ['Waiting', 'Progressing', 'Baking'].includes(status.phase);

/** By verb: its button, what it will do, what it asks for, and whether it may be given now. */
const moves = {
  approve: { label: 'Approve', does: 'Lets this step pass.', asks: [needed], named: true, may: status => awaited(status) && isOpen(status.phase) },
  reject: { label: 'Reject', does: 'The answer is no: rolls back.', asks: [needed], named: true, alone: true, may: status => awaited(status) && isOpen(status.phase) },
  start: { label: 'Start a version', does: 'Opens a generation at the first step.', asks: [text('version', 'Version', { required: true }), reason], may: status => !isOpen(status.phase) },
  retry: { label: 'Retry', does: 'The rolled-back version again, in a new generation.', asks: [needed], may: status => status.phase === 'RolledBack' },
  resume: { label: 'Resume', does: 'Goes on climbing.', asks: [reason], may: status => ['Paused', 'Frozen'].includes(status.phase) },
  advance: { label: 'Advance', does: 'To the next step, without waiting for this one’s gate.', inGroup: 'Says that this one is ready; it goes up when all of the group are.', asks: [reason], may: status => climbs(status) && !awaited(status) && (status.step < status.steps || status.manual || Boolean(status.group)) },
  pause: { label: 'Pause', does: 'Stays at its weight. The rollback stays armed.', asks: [reason], may: climbs },
  promote: { label: 'Promote', does: 'All of the traffic, and closed, whatever steps are left.', asks: [reason], may: status => (climbs(status) || status.phase === 'Paused') && !awaited(status) && !status.group },
  drill: { label: 'Run a drill', does: 'Breaks a twin of this rollout and times its rollback against the deadline. No user is affected; it takes a few seconds.', asks: [reason], alone: true, may: status => !isOpen(status.phase) && Boolean(status.plan.canary) },
  weight: { label: 'Set weight', does: 'By hand; the steps then wait for an advance.', asks: [text('weight', 'Weight in per cent', { type: 'number', min: 0, max: 100, step: 0.01, required: true }), reason], may: status => isOpen(status.phase) },
};

/** The way down, one at a time and at one place; a promotion is undone, while the version before still stands. */
const downs = {
  rollback: { label: 'Roll back', does: 'Weight 0 for the very next request. Nobody needs to be asked.', confirm: 'Confirm rollback', alone: true, may: () => true },
  undo: { label: 'Undo promotion', does: 'Back to the version before for the very next request. It still stands: nothing is built or deployed.', confirm: 'Confirm undo', alone: true, may: status => status.phase === 'Promoted' && status.weight > 0 },
};

/** A replica that is left out of its fleet is refused what it would have to write there, and is not offered it. */
export const may = (verb, status) => {
  const given = moves[verb] ?? downs[verb];
  return given.may(status) && (given.alone || !(status.fleet?.foreign || status.fleet?.newer));
};

const awaited = status => !status.manual && Boolean(status.plan.steps[status.step - 1]?.approval) && !status.approval;

export class Actions {
  #status = null;
  #armed = null;
  #seen = null;

  /** Verbs whose answer has not come: each is sent once, and none holds up the way down. */
  #sent = new Set();

  constructor(name, done) {
    this.name = name;
    this.done = done;
    this.buttons = Object.fromEntries(Object.entries(moves).map(([verb, move]) => [verb, el('button', { type: 'button', text: move.label, hidden: true, 'aria-expanded': 'false', 'aria-controls': 'panel', click: () => this.#open(verb) })]));
    this.key = el('kbd', { 'aria-hidden': 'true', text: 'R' });
    this.label = el('span', { text: downs.rollback.label });
    this.rollback = el('button', { type: 'button', class: 'rollback', 'aria-keyshortcuts': 'R', click: event => this.#rollback(event) }, this.label, this.key);
    this.moves = el('div', { class: 'moves' }, Object.values(this.buttons));
    this.does = el('p', { id: 'does' });
    this.fields = el('div', { class: 'fields' });
    this.confirm = el('button', { type: 'submit', class: 'primary' });
    this.cancel = el('button', { type: 'button', text: 'Cancel', click: () => this.#close() });
    this.form = el('form', { class: 'form', submit: event => { event.preventDefault(); this.#send(); } }, this.does, this.fields, el('div', { class: 'ends' }, this.confirm, this.cancel));
    this.sentence = el('p', { role: 'alert' });
    this.answer = el('div', { class: 'answer', hidden: true }, this.sentence, el('button', { type: 'button', text: 'Close', click: () => this.#close() }));
    this.panel = el('div', { class: 'panel', id: 'panel', hidden: true }, this.form, this.answer);
  }

  update(status) {
    this.#status = status;
    const focused = document.activeElement;
    for (const [verb, button] of Object.entries(this.buttons)) show(button, may(verb, status));
    if (focused.hidden && this.moves.contains(focused)) this.#goOn();
    // It alarms while there is a canary to take back.
    this.rollback.classList.toggle('quiet', !isOpen(status.phase));
    if (this.#armed && !may(this.#armed, status)) this.#close();
    if (!downs[this.#armed]) say(this.label, downs[this.#down].label);
  }

  /** Whoever uses the keyboard goes on at what may be done now, and not at the top of the page. */
  #goOn() {
    (this.moves.querySelector('button:not([hidden])') ?? this.rollback).focus();
  }

  get #down() {
    return this.#status && downs.undo.may(this.#status) ? 'undo' : 'rollback';
  }

  connected(isLive) {
    for (const button of Object.values(this.buttons)) button.disabled = !isLive;
  }

  /** R, then Enter; Escape takes it back. */
  pressed(event) {
    if (event.key === 'Escape' && !this.panel.hidden) {
      this.#close();
      return;
    }

    const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
    if (event.key.toLowerCase() === 'r' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat && !downs[this.#armed]) {
      event.preventDefault();
      this.#arm();
      // Whoever types goes on typing: the reason, and Enter.
      this.fields.querySelector('input').focus();
    }
  }

  #rollback(event) {
    // The second click of a double click has not been thought about.
    if (event.detail > 1) return;
    if (downs[this.#armed]) this.form.requestSubmit(); else this.#arm();
  }

  #arm() {
    const verb = this.#down;
    this.#show(verb, downs[verb].does, [reason]);
    this.rollback.classList.add('armed');
    say(this.label, downs[verb].confirm);
    say(this.key, 'Enter');
    this.rollback.focus();
  }

  #open(verb) {
    if (this.#armed === verb) return this.#close();
    const move = moves[verb];
    const asks = verb === 'resume' && this.#status.phase === 'Frozen' ? [needed] : move.asks;
    this.#show(verb, (this.#status.group && move.inGroup) || move.does, asks, move.label);
    this.buttons[verb].setAttribute('aria-expanded', 'true');
    this.fields.querySelector('input').focus();
  }

  #show(verb, does, asks, label = '') {
    this.#close();
    this.#armed = verb;
    // What it may move is what stands here now, and not what will stand here when it is confirmed.
    this.#seen = `"${this.#status?.generation}.${this.#status?.revision}"`;
    say(this.does, does);
    say(this.confirm, label);
    // What goes down is confirmed where it was asked for.
    show(this.confirm, !downs[verb]);
    this.panel.classList.toggle('down', Boolean(downs[verb]));
    this.fields.replaceChildren(...[...asks, text('by', 'Your name', { value: session.name, required: moves[verb]?.named })].map(field));
    show(this.form, true);
    show(this.answer, false);
    show(this.panel, true);
  }

  #close() {
    const was = this.#armed;
    this.#armed = null;
    this.rollback.classList.remove('armed');
    say(this.label, downs[this.#down].label);
    say(this.key, 'R');
    for (const button of Object.values(this.buttons)) button.setAttribute('aria-expanded', 'false');
    const within = this.panel.contains(document.activeElement);
    show(this.panel, false);
    say(this.sentence, '');
    if (!within || !was) return;
    const button = downs[was] ? this.rollback : this.buttons[was];
    if (button.hidden) this.#goOn(); else button.focus();
  }

  async #send() {
    const verb = this.#armed;
    if (!verb || this.#sent.has(verb)) return;
    this.#sent.add(verb);
    const body = {};
    for (const input of this.fields.querySelectorAll('input')) {
      if (input.name === 'by') session.name = input.value.trim();
      if (input.value.trim() !== '') body[input.name] = input.type === 'number' ? Number(input.value) : input.value.trim();
    }

    try {
      say(this.does, verb === 'drill' ? 'Rehearsing …' : 'Sent; the answer has not come yet.');
      const { ok, problem, body: told } = await command(this.name, verb, body, verb === 'rollback' || verb === 'reject' ? null : this.#seen);
      if (this.#armed === verb) this.#close();
      const sentence = ok ? (verb === 'drill' ? rehearsed(told) : null) : problem;
      if (sentence) {
        // What was begun meanwhile stays beside it.
        show(this.form, this.#armed !== null);
        show(this.answer, true);
        show(this.panel, true);
        // On a phone it is at the button, wherever the page is scrolled to.
        this.panel.classList.toggle('down', Boolean(downs[this.#armed ?? verb]));
        this.answer.classList.toggle('good', ok && told.passed);
        say(this.sentence, sentence);
      }

      this.done();
    } finally {
      this.#sent.delete(verb);
    }
  }
}

function rehearsed({ passed, findings }) {
  const telling = findings.filter(finding => finding.held === passed).map(finding => finding.what);
  return passed ? `The drill passed: ${telling.join('; ')}.` : `The drill failed. Not true: ${telling.join('; ')}.`;
}

function field({ name, label, type = 'text', ...more }) {
  const id = `field-${name}`;
  return el('div', { class: `field ${name}` },
    el('label', { for: id }, label, !more.required && el('span', { class: 'soft', text: ' (optional)' })),
    el('input', { id, name, type, autocomplete: 'off', maxlength: 1000, spellcheck: 'false', ...more }));
}
