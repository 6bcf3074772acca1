// One arm's figures, with the last minutes as lines, and the limits that the judge holds it to.

import { el, say } from './dom.js';
import { Sparkline } from './sparkline.js';
import { count, counted, milliseconds, ms, percent } from './words.js';

/** Rates are of the last so many samples, two a second: short enough to see a fault, long enough to be calm. */
const span = 4;

const measured = ['p50', 'p95', 'p99'];

export class ArmCard {
  #samples = [];
  #generation = null;

  constructor(arm) {
    this.arm = arm;
    this.rate = new Tile('Requests');
    this.success = new Tile('Success rate');
    this.latency = new Tile('p95');
    this.rest = el('p', { class: 'soft rest' });
    this.head = el('h2', {}, el('span', { class: `swatch ${arm}`, 'aria-hidden': 'true' }), el('span', { text: arm === 'stable' ? 'Stable' : 'Canary' }));
    this.of = el('span', { class: 'soft' });
    this.node = el('section', { class: `card arm ${arm}` }, el('div', { class: 'armhead' }, this.head, this.of),
      el('div', { class: 'tiles' }, this.rate.node, this.success.node, this.latency.node), this.rest);
  }

  update(status, objectives) {
    const figures = status.arms[this.arm];
    if (this.#generation !== status.generation) {
      this.#generation = status.generation;
      this.#samples = [];
    }

    say(this.of, status.fleet ? 'On this replica' : '');
    this.limits = limits(status.plan);
    const none = figures.requests === 0;
    this.success.value(none ? '–' : percent(figures.successRate), this.limits.success && `limit ${percent(this.limits.success)}`, !none && this.limits.success !== null && figures.successRate < this.limits.success);
    this.latency.name(this.limits.shown);
    const reached = figures[`${this.limits.shown}Ms`];
    const isHeld = this.limits.shown === this.limits.quantile;
    this.latency.value(ms(reached), this.limits.latency && `${isHeld ? 'limit' : `${this.limits.quantile} ≤`} ${this.limits.latency} ms`, isHeld && reached > this.limits.latency);
    say(this.rest, [
      `p50 ${ms(figures.p50Ms)}`, `p99 ${ms(figures.p99Ms)}`, `${count(figures.inFlight)} in flight`, counted(figures.requests, 'request'),
      `${count(figures.failures)} failed`, figures.slow > 0 ? `${count(figures.slow)} slow` : null, figures.shielded > 0 ? `${count(figures.shielded)} answered by stable` : null,
    ].filter(Boolean).join(' · '));
  }

  /** Twice a second while connected; what did not change is a rate of 0. */
  sample(figures) {
    if (!this.limits) return;
    const samples = this.#samples;
    const at = performance.now();
    if (samples.length > 0 && figures.requests < samples.at(-1).requests) samples.length = 0;
    const from = samples.at(-span) ?? samples[0];
    const sample = { at, requests: figures.requests, failures: figures.failures, neutral: figures.neutral, rate: null, success: null, latency: figures[`${this.limits.shown}Ms`] || null };
    if (from) {
      sample.rate = (sample.requests - from.requests) / ((at - from.at) / 1000);
      const judged = sample.requests - from.requests - (sample.neutral - from.neutral);
      sample.success = judged > 0 ? 100 - 100 * (sample.failures - from.failures) / judged : null;
    }

    samples.push(sample);
    if (samples.length > Sparkline.points) samples.shift();
    this.rate.value(sample.rate === null ? '–' : `${sample.rate >= 10 ? count(sample.rate) : Number(sample.rate.toFixed(1))}/s`, '', false);
    this.rate.line.draw(samples.map(one => one.rate), { from: 0 });
    this.success.line.draw(samples.map(one => one.success), { to: 100, limit: this.limits.success });
    this.latency.line.draw(samples.map(one => one.latency), { from: 0, limit: this.limits.shown === this.limits.quantile ? this.limits.latency : null });
  }
}

/** The plan's own limits; the canary alone is held to them, and stable is shown beside the same line. A limit of a quantile that is not measured is named, and held against no other. */
function limits(plan) {
  const success = plan.objectives.find(one => one.metric === 'success-rate' && one.min);
  const latency = plan.objectives.find(one => one.metric?.startsWith('p') && one.max);
  return { success: success ? parseFloat(success.min) : null, latency: latency ? milliseconds(latency.max) : null, quantile: latency?.metric, shown: measured.includes(latency?.metric) ? latency.metric : 'p95' };
}

class Tile {
  constructor(name) {
    this.label = el('dt', { text: name });
    this.figure = el('dd', { class: 'figure' });
    this.limit = el('dd', { class: 'soft limit' });
    this.line = new Sparkline();
    this.node = el('div', { class: 'tile' }, el('dl', {}, this.label, this.figure, this.limit), this.line.node);
  }

  name(text) {
    say(this.label, text);
  }

  value(text, limit, broken) {
    say(this.figure, text);
    say(this.limit, limit || ' ');
    this.node.classList.toggle('broken', broken);
  }
}
