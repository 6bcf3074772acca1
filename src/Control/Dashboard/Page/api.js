// What the page asks of the admin API, and the token it shows there.

const tokenKey = 'snapback-token';
const nameKey = 'snapback-name';

/** Kept for this tab alone, and sent as a header alone: no cookie that another site's page could make use of. */
export const session = {
  get token() { return sessionStorage.getItem(tokenKey) ?? ''; },
  set token(value) { value ? sessionStorage.setItem(tokenKey, value) : sessionStorage.removeItem(tokenKey); },
  get name() { return sessionStorage.getItem(nameKey) ?? ''; },
  set name(value) { value ? sessionStorage.setItem(nameKey, value) : sessionStorage.removeItem(nameKey); },
};

/** The headers that every call has. */
export function headers(more = {}) {
  return session.token ? { ...more, Authorization: `Bearer ${session.token}` } : more;
}

/** The path of a rollout, or of something under it. */
export const path = (name, under = '') => `/api/rollouts/${encodeURIComponent(name)}${under && '/' + under}`;

/** The proxy answers at once, and where it waits for its store, within 5 s; a drill takes the time it takes. */
const patience = 10_000;

/** A call; `problem` is the server's own sentence, or why there is no answer. */
export async function ask(url, { within = patience, ...init } = {}) {
  let response = null;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(within), cache: 'no-store', credentials: 'omit', redirect: 'error', ...init, headers: headers(init.headers) });
    // A refusal is one whatever it says; what was asked for is not there before all of it is.
    const body = await response.json().catch(error => { if (response.ok) throw error; return null; });
    return { ok: response.ok, status: response.status, body, problem: response.ok ? null : sentence(response.status, body) };
  } catch (error) {
    const why = error.name === 'TimeoutError' ? `The proxy has not answered for ${within / 1000} seconds`
      : response ? 'The proxy’s answer cannot be read' : 'The proxy cannot be reached';
    return { ok: false, status: 0, body: null, problem: init.method ? `${why}, and nobody knows whether it took this. Look at the status when it is back.` : `${why}.` };
  }
}

/** A command; with an ETag it moves only what the page has seen. */
export function command(name, verb, body, etag = null) {
  return ask(path(name, verb), {
    within: verb === 'drill' ? 10 * 60_000 : patience,
    method: verb === 'weight' ? 'PUT' : 'POST',
    headers: { 'Content-Type': 'application/json', ...(etag ? { 'If-Match': etag } : {}) },
    body: JSON.stringify(body),
  });
}

function sentence(status, body) {
  const errors = Array.isArray(body?.errors) ? body.errors : [];
  return errors.length > 1 ? errors.join(' ') : body?.detail ?? body?.title ?? `The proxy answered ${status}.`;
}
