// Who did what and why, newest first.

import { el } from './dom.js';
import { apart, by, counted, time, untold } from './words.js';

const shown = 50;

/** Where the store is away, a history without a line says nothing. */
export function history({ lines, isWhole }) {
  if (lines.length === 0) return isWhole && el('li', { class: 'soft', text: 'Nothing has happened yet.' });
  return [
    ...lines.slice(0, shown).map(line => el('li', { 'data-kind': line.kind },
      el('time', { datetime: line.at, text: time(line.at) }),
      el('div', {},
        el('p', { text: line.sentence }),
        el('p', { class: 'soft', text: [by(line.by), untold(line.reason, line.sentence) && `“${apart(line.reason)}”`].filter(Boolean).join(' · ') })))),
    lines.length > shown && el('li', { class: 'soft', text: `${counted(lines.length - shown, 'older line')}: snapback history` }),
  ];
}
