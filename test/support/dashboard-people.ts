import type { Person, TestBrowser } from './browser.ts';
import { eventually } from './hub-calls.ts';
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
  await person.page.waitForSelector('[data-account]:not([hidden])');
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
  await person.page.waitForSelector('[data-account]:not([hidden])');
}
