import type { JsonObject } from '../../src/kernel/json.ts';
import type { Person, TestBrowser } from './browser.ts';
import { callHub, eventually } from './hub-calls.ts';
import type { HubProcess } from './hub-process.ts';

const PASSWORD = 'correct horse battery';

type Names = { readonly name: string; readonly email: string };

/** The first owner, who runs the installation, signed in. */
export async function firstOwner(hub: HubProcess, browser: TestBrowser, who: Names): Promise<Person> {
  const person = await browser.person({ locale: 'en-US' });
  await person.page.goto(/http:\/\/\S+\/account\/setup#\S+/.exec(hub.log())?.[0] ?? '');
  for (const [name, value] of Object.entries({ ...who, password: PASSWORD })) {
    await person.page.fill(`#setup [name=${name}]`, value);
  }
  await person.page.click('#setup button[type=submit]');
  await person.page.waitForURL(/\/dashboard/);
  return person;
}

/** Somebody who was invited and follows the link that the console shows, as it does without a mail server. */
export async function joinByConsole(hub: HubProcess, person: Person, who: Names): Promise<void> {
  const link = await eventually('invitation', async () => {
    const log = hub.log();
    const from = log.lastIndexOf(who.email);
    return from === -1 ? undefined : /http:\/\/\S+\/account\/(?:join|invitation)\S*#\S+/.exec(log.slice(from))?.[0];
  });
  await person.page.goto(link);
  await person.page.waitForSelector('[data-invitation]:not([hidden])');
  await person.page.fill('#join [name=name]', who.name);
  await person.page.fill('#join [name=password]', PASSWORD);
  await person.page.click('#join button[type=submit]');
  await person.page.waitForURL(/\/dashboard/);
}

/** Somebody who signs up by themselves and follows the link that the console shows, without a browser. */
export async function signUpByConsole(hub: HubProcess, who: Names): Promise<void> {
  const headers = { origin: hub.address };
  const send = (path: string, body: JsonObject) =>
    callHub(hub, undefined, { path: `/control/v1/auth${path}`, headers, body });
  const asked = await send('/sign-up', { ...who, password: PASSWORD });
  if (asked.status !== 202) throw new Error(`the sign-up was answered with ${asked.status}: ${asked.text}`);
  const token = await eventually('link that proves an address', async () => {
    const log = hub.log();
    return /\/account\/verify\S*#(\S+)/.exec(log.slice(Math.max(0, log.lastIndexOf(who.email))))?.[1];
  });
  const proved = await send('/verify', { token });
  if (proved.status !== 200) throw new Error(`the link was answered with ${proved.status}: ${proved.text}`);
}
