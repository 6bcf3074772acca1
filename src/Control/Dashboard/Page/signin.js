// Where the admin side asks for a token.

import { session } from './api.js';
import { el } from './dom.js';

/** A form that keeps the token for this tab and goes on. */
export function signIn(wrong, done) {
  const token = el('input', {
    type: 'password', id: 'token', autocomplete: 'current-password', required: true, spellcheck: 'false', maxlength: 4000,
    // A header takes nothing else, and what cannot be sent would look like a proxy that is away.
    pattern: '[ -~]+', title: 'A token has no letters beyond ASCII: something was copied along with it.',
  });
  return el('form', {
    class: 'card narrow',
    submit(event) {
      event.preventDefault();
      session.token = token.value.trim();
      done();
    },
  },
  el('h1', { text: 'Sign in' }),
  el('p', { class: 'soft', text: 'This admin side asks for a token. It is kept in this tab until you close it, and goes nowhere but to this proxy.' }),
  wrong && el('p', { class: 'problem', role: 'alert', text: wrong }),
  el('label', { for: 'token', text: 'Token' }),
  token,
  el('button', { class: 'primary', type: 'submit', text: 'Sign in' }));
}
