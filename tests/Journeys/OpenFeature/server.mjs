// The OpenFeature server SDK with the OFREP provider: what an application in Node sees of a flag.
// node server.mjs URL TOKEN FLAG USER… → one JSON object per user, and one for a flag that nobody knows.
import { OpenFeature } from '@openfeature/server-sdk';
import { OFREPProvider } from '@openfeature/ofrep-provider';

const [url, token, flag, ...users] = process.argv.slice(2);
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: url, headers: [['Authorization', `Bearer ${token}`]] }));
const client = OpenFeature.getClient();
for (const user of users) {
  const { value, variant, reason, errorCode } = await client.getBooleanDetails(flag, false, { targetingKey: user });
  console.log(JSON.stringify({ user, value, variant, reason, errorCode }));
}

const anonymous = await client.getBooleanDetails(flag, false, {});
console.log(JSON.stringify({ user: '', value: anonymous.value, reason: anonymous.reason, errorCode: anonymous.errorCode }));
const unknown = await client.getBooleanDetails('no-such-flag', true, { targetingKey: users[0] });
console.log(JSON.stringify({ user: 'unknown', value: unknown.value, errorCode: unknown.errorCode }));
await OpenFeature.close();
