// The OpenFeature web SDK with the OFREP web provider: what a page sees, and how soon it sees a change.
// node web.mjs URL TOKEN FLAG USER → a line when its event stream is open and per state of the flag; ends when it is off.
import { OpenFeature, ProviderEvents } from '@openfeature/web-sdk';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { EventSource } from 'eventsource';

const [url, token, flag, user] = process.argv.slice(2);
const authorization = { Authorization: `Bearer ${token}` };
// Node has no EventSource of its own; a browser's could not send a header either.
globalThis.EventSource = class extends EventSource {
  constructor(address) {
    super(address, { fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...authorization } }) });
    this.addEventListener('open', () => console.log(JSON.stringify({ stream: 'open' })));
  }
};
await OpenFeature.setContext({ targetingKey: user });
const provider = new OFREPWebProvider({ baseUrl: url, headers: Object.entries(authorization), pollInterval: -1, changeDetection: 'sse' });
await OpenFeature.setProviderAndWait(provider);
const client = OpenFeature.getClient();

function tell() {
  const { value, variant, reason } = client.getBooleanDetails(flag, false);
  console.log(JSON.stringify({ value, variant, reason }));
  return value;
}

client.addHandler(ProviderEvents.ConfigurationChanged, async () => {
  if (!tell()) {
    await OpenFeature.close();
    process.exit(0);
  }
});
tell();
