// Which view is shown, the stream it lives on, and how that stream stands.

import { session } from './api.js';
import { Connection } from './connection.js';
import { el, say } from './dom.js';
import { ListView } from './list.js';
import { PlanView } from './plan.js';
import { RolloutView } from './rollout.js';
import { signIn } from './signin.js';
import { time } from './words.js';

const main = document.getElementById('main');
const alerts = document.getElementById('alerts');
const connectionText = document.getElementById('connection-text');
const connectionLine = document.getElementById('connection');

let view = null;
let connection = null;
let state = 'connecting';
let problem = null;
let heardAt = null;
let replica = null;
let url = '';

function route() {
  const [name = '', under = ''] = location.hash.replace(/^#\/?/, '').split('/').map(part => {
    try { return decodeURIComponent(part); } catch { return part; }
  });
  connection?.close();
  view?.dispose();
  state = 'connecting';
  replica = null;
  heardAt = null;
  view = name === '' ? new ListView() : under === 'plan' ? new PlanView(name, ask) : new RolloutView(name);
  main.className = view.kind;
  main.replaceChildren(view.node);
  document.title = name === '' ? 'Snapback' : `${name} · Snapback`;
  window.scrollTo(0, 0);
  url = name === '' ? '/api/events' : `/api/events?rollout=${encodeURIComponent(name)}`;
  connect();
}

function connect() {
  connection = new Connection(url, {
    event(kind, data) {
      if (kind === 'replica') replica = data;
      view.event(kind, data);
      standing();
    },
    state(next, why) {
      if (next === 'denied') return ask();
      if (next === 'missing') view.missing(why);
      if (next === 'live') heardAt = new Date();
      if (next === state && why === problem) return;
      [state, problem] = [next, why];
      view.connected?.(next === 'live');
      standing();
    },
  });
}

function ask() {
  // The plan's page is refused twice, and the second time there is no token left to be wrong.
  if (state === 'signed out') return;
  connection?.close();
  const wrong = session.token !== '';
  session.token = '';
  state = 'signed out';
  standing();
  main.className = 'signin';
  main.replaceChildren(signIn(wrong ? 'This token opens nothing here.' : null, go));
  main.querySelector('input')?.focus();
}

/** In front of the title, for whoever sees the tab alone. */
const marks = { lost: 'Connection lost · ', refused: 'Not connected · ', resting: 'Resting · ', 'signed out': 'Not signed in · ' };

function standing() {
  const texts = {
    live: replica ? `Live from ${replica.replica}` : 'Live',
    connecting: 'Connecting',
    resting: 'Resting',
    lost: 'Connection lost',
    refused: 'Not connected',
    missing: 'Connected',
    'signed out': 'Not signed in',
  };
  connectionLine.dataset.state = state;
  say(connectionText, texts[state] ?? state);
  const stale = state === 'lost' || state === 'refused';
  // What a tab that rested shows was true when it went to rest.
  document.body.classList.toggle('stale', stale || state === 'resting');
  const bare = Object.values(marks).reduce((title, mark) => title.replace(mark, ''), document.title);
  document.title = `${marks[state] ?? ''}${bare}`;
  const told = [];
  if (stale) told.push(['lost', `${problem ?? 'The proxy cannot be reached.'} ${heardAt ? `What you see is from ${time(heardAt)} and may no longer be true.` : 'There is nothing to see until it answers.'} It comes back by itself.`]);
  if (replica?.store && !stale) told.push(['store', replica.store]);
  const text = JSON.stringify(told);
  if (alerts.dataset.told !== text) {
    alerts.dataset.told = text;
    alerts.replaceChildren(...told.map(([kind, sentence]) => el('p', { class: `banner ${kind}`, text: sentence })));
  }
}

/** A browser has six connections for a host, and a rollback must find one of them free: a tab that nobody looks at lets its stream go. */
const restAfter = 30_000;
let resting = null;

function restWhenHidden() {
  clearTimeout(resting);
  if (!document.hidden && state === 'resting') connect();
  else if (document.hidden && state !== 'signed out') {
    resting = setTimeout(() => {
      connection.close();
      [state, problem] = ['resting', null];
      standing();
    }, restAfter);
  }
}

document.addEventListener('visibilitychange', restWhenHidden);
/** Whoever uses the keyboard goes on in the new view, and not where the old one's link was. */
function go() {
  route();
  if (state !== 'signed out') main.focus({ preventScroll: true });
}

window.addEventListener('hashchange', go);
window.addEventListener('keydown', event => view?.key?.(event));
// While nobody is heard, nothing is known, a rate of 0 least of all.
setInterval(() => { if (state === 'live' && performance.now() - connection.heardAt < 1500) view?.tick?.(); }, 500);
route();
// One that was opened in the background.
if (document.hidden) restWhenHidden();
