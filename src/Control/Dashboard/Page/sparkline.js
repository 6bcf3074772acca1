// A line of the last minutes, and the limit as a line across it.

import { draw } from './dom.js';

const width = 200;
const height = 44;
const least = 40;

export class Sparkline {
  /** Three minutes at two samples a second. */
  static points = 360;

  constructor() {
    this.path = draw('path', { class: 'line' });
    this.limit = draw('line', { class: 'limitline', x1: 0, x2: width, visibility: 'hidden' });
    this.node = draw('svg', { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, this.limit, this.path);
  }

  /** `from` and `to` pin an end of the scale; the limit is always in it. */
  draw(values, { from = null, to = null, limit = null }) {
    const seen = values.filter(value => value !== null);
    if (limit !== null) seen.push(limit);
    let low = from ?? Math.min(...seen);
    let high = to ?? Math.max(...seen);
    if (!Number.isFinite(low) || !Number.isFinite(high)) [low, high] = [0, 1];
    const air = (high - low) * 0.15 || 1;
    if (from === null) low -= air;
    if (to === null) high += air; else high += air / 2;
    const y = value => (height - 1 - (value - low) / (high - low) * (height - 2)).toFixed(1);
    const across = Math.max(least, values.length) - 1;
    const x = at => ((at + across + 1 - values.length) / across * width).toFixed(1);
    let path = '';
    values.forEach((value, at) => { if (value !== null) path += `${path === '' || values[at - 1] === null ? 'M' : 'L'}${x(at)} ${y(value)}`; });
    this.path.setAttribute('d', path);
    this.limit.setAttribute('visibility', limit === null ? 'hidden' : 'visible');
    if (limit !== null) {
      this.limit.setAttribute('y1', y(limit));
      this.limit.setAttribute('y2', y(limit));
    }
  }
}
