// Figures and phases as people read them.

const many = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** 12,345 */
export const count = value => many.format(value ?? 0);

/** "1 request", "2 requests" */
export const counted = (value, noun) => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** Per cent with as many digits as say something: 99.98 %, 57 %, and 99.999 %, since some is not rounded to none or to all. */
export function percent(value) {
  if (value === null || value === undefined) return '–';
  const edge = Math.min(value, 100 - value);
  return `${Number(value.toFixed(edge >= 0.01 ? 2 : edge >= 0.0001 ? 4 : 6))}%`;
}

/** Milliseconds, as limits are written; seconds where they are many. */
export function ms(value) {
  if (value === null || value === undefined || value === 0) return '–';
  if (value >= 10_000) return `${(value / 1000).toFixed(0)} s`;
  return value >= 100 ? `${value.toFixed(0)} ms` : value >= 10 ? `${value.toFixed(1)} ms` : `${value.toFixed(2)} ms`;
}

/** Of a duration as plans write it: "1m30s", "400ms". */
export function milliseconds(text) {
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return [...text.matchAll(/([\d.]+)(ms|s|m|h|d)/g)].reduce((sum, [, number, unit]) => sum + number * units[unit], 0);
}

/** A time that passed, in its largest unit. */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** How long something has been so, by this machine's clock. */
export const lasted = at => duration(Math.max(1000, Date.now() - new Date(at).getTime()));

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** The time of day, with the date if it was another day. */
export function time(at) {
  const when = new Date(at);
  return (when.toDateString() === new Date().toDateString() ? clock : day).format(when);
}

/** By whose clock times are shown here, such as Europe/Berlin: the command line, the log and sentences of the server tell UTC. */
export const zone = new Intl.DateTimeFormat('en-GB').resolvedOptions().timeZone;

const phases = { RolledBack: 'Rolled back' };

/** A phase in words. */
export const phase = name => phases[name] ?? name;

/** A name or reason within a line of ours: written from right to left, it turns nothing around it. */
export const apart = text => /[\u0590-\u08ff\ufb1d-\ufefc]/.test(text) ? `\u2068${text}\u2069` : text;

/** Within a line, who did it: a person by name, and the judge. */
export const by = who => `by ${who === 'judge' ? 'the judge' : apart(who)}`;

/** A generation is open: the canary may have users. */
export const isOpen = name => ['Waiting', 'Progressing', 'Paused', 'Frozen', 'Baking'].includes(name);

/** A reason with which its sentence does not end already; a sentence of ours has a full stop where the reason in it has none. */
export function untold(reason, sentence) {
  const [why, told] = [reason ?? '', sentence].map(text => text.trim().replace(/\.+$/, ''));
  return why !== '' && told !== why && !told.endsWith(`: ${why}`);
}

/** A digest, also of a named image, by its first twelve digits, as registries show it; what people chose as a name stays whole. */
export const short = version => apart(version).replace(/((?:^|[:@])(?:sha256:)?[0-9a-f]{12})[0-9a-f]{28,}$/, '$1…');

/** What stands against what. */
export const versions = ({ version, stableVersion }, name = short) =>
  version ? `${name(version)}${stableVersion ? ` against ${name(stableVersion)}` : ''}` : 'Waits for its first version';
