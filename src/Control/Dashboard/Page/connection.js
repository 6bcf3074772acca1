// The event stream. By fetch and not by EventSource, which could not show a token.

import { headers } from './api.js';

/** The stream says something every 2 s; after three of these nobody is there. */
const silence = 6_000;
const firstWait = 250;
const longestWait = 4000;

/**
 * Follows a stream until it is closed, and comes back by itself, knowing what it has seen.
 * `on.event(kind, data)`, and `on.state(state, problem)` with live, lost, denied, missing or refused.
 */
export class Connection {
  #closed = new AbortController();
  #seen = null;
  #wait = firstWait;
  #wake = () => {};

  /** When the proxy was heard last, on the page's own clock. */
  heardAt = 0;

  constructor(url, on) {
    this.url = url;
    this.on = on;
    const wake = () => this.#wake();
    for (const name of ['online', 'focus']) window.addEventListener(name, wake, { signal: this.#closed.signal });
    this.#run();
  }

  close() {
    this.#closed.abort();
    this.#wake();
  }

  async #run() {
    while (!this.#closed.signal.aborted) {
      const [state, problem] = await this.#once();
      if (this.#closed.signal.aborted) return;
      this.on.state(state, problem);
      if (state === 'denied') return;
      await new Promise(resolve => {
        const timer = setTimeout(resolve, this.#wait);
        this.#wake = () => { clearTimeout(timer); resolve(); };
      });
      this.#wait = Math.min(longestWait, this.#wait * 2);
    }
  }

  /** One connection, to its end: how it ended, and the server's sentence if it has one. */
  async #once() {
    const ended = new AbortController();
    this.#closed.signal.addEventListener('abort', () => ended.abort(), { signal: ended.signal });
    let isSilent = false;
    const listen = () => setTimeout(() => { isSilent = true; ended.abort(); }, silence);
    let timer = listen();
    try {
      const response = await fetch(this.url, {
        cache: 'no-store', credentials: 'omit', redirect: 'error', signal: ended.signal,
        headers: headers({ Accept: 'text/event-stream', ...(this.#seen ? { 'Last-Event-ID': this.#seen } : {}) }),
      });
      if (!response.ok) {
        const problem = (await response.json().catch(() => null))?.detail ?? `The proxy answered ${response.status}.`;
        return [response.status === 401 ? 'denied' : response.status === 404 ? 'missing' : 'refused', problem];
      }

      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return ['lost', null];
        clearTimeout(timer);
        timer = listen();
        this.heardAt = performance.now();
        this.#wait = firstWait;
        this.on.state('live', null);
        text += value;
        for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
          if (!this.#closed.signal.aborted) this.#event(text.slice(0, end));
        }
      }
    } catch {
      // Whoever stands still can be reached; it is another thing to look for than a process that is gone.
      return ['lost', isSilent ? `The proxy has said nothing for ${silence / 1000} seconds.` : null];
    } finally {
      clearTimeout(timer);
      ended.abort();
    }
  }

  #event(text) {
    const fields = Object.fromEntries(text.split('\n').map(line => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
    }));
    if (!fields.event) return;
    this.#seen = fields.id ?? this.#seen;
    try {
      this.on.event(fields.event, JSON.parse(fields.data));
    } catch (error) {
      // What cannot be shown is a fault of the page, and no reason to say that the proxy is gone.
      reportError(error);
    }
  }
}
