import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectOverHttp } from '../../src/cli/http-hub.ts';
import { browserAvailable, openAccount, openBrowser, type TestBrowser } from '../support/browser.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { eventually, usageRecords } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { type AgentHome, makeAgentHome } from './run-agent.ts';

const CLI = '@aigne/cli/dist/cli.js';
const PASSWORD = 'correct horse battery';
const RUN_TIMEOUT_MS = 120_000;
const { path: chromium } = browserAvailable();

describe.skipIf(chromium === undefined)('AIGNE’s command line and a hub with TLS, in a real browser', () => {
  let upstream: FakeUpstream;
  let hub: HubProcess;
  let agent: AgentHome;
  let browser: TestBrowser;
  let environment: Readonly<Record<string, string>>;

  beforeAll(async () => {
    upstream = await startFakeUpstream({ models: ['gpt-5-mini'] });
    hub = await startHub({ allow: [`127.0.0.1:${upstream.port}`], flags: ['--tls-self-signed'] });
    await hub.connectFake(upstream, { name: 'openai' });
    agent = await makeAgentHome();
    const authority = await agent.write('home', 'hub.pem', hub.certificate ?? '');
    // Without a keyring it keeps keys in a file of this folder, which it does not make by itself.
    await agent.write('home', '.aigne/.keep', '');
    // The command line opens a browser by this program: it notes the address and ends.
    const opener = await agent.write('home', 'bin/note-address', '#!/bin/sh\nprintf "%s" "$1" > "$HOME/opened"\n');
    await chmod(opener, 0o755);
    // Under CI it would pretend to be connected.
    environment = { NODE_EXTRA_CA_CERTS: authority, BROWSER: opener, CI: '' };
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await hub?.stop();
    await upstream?.close();
    await agent?.remove();
  });

  it('connects by a person’s yes, then runs an agent and shows who is connected', {
    timeout: RUN_TIMEOUT_MS,
  }, async () => {
    const person = await browser.person();
    await person.page.goto(/https:\/\/\S+\/account\/setup#\S+/.exec(hub.log())?.[0] ?? '');
    for (const [name, value] of Object.entries({ name: 'Ada', email: 'ada@example.com', password: PASSWORD })) {
      await person.page.fill(`#setup [name=${name}]`, value);
    }
    await person.page.click('#setup button');
    await openAccount(person);

    const connecting = agent.run(CLI, ['hub', 'connect', hub.address], environment);
    const address = await eventually('address that the command line opened', async () =>
      readFile(join(agent.home, 'opened'), 'utf8').catch(() => undefined),
    );
    expect(address).toContain('/.well-known/service/gen-simple-access-key?__token__=');
    // Whoever is not signed in is sent to do so, and comes back.
    const stranger = await browser.person();
    await stranger.page.goto(address);
    await stranger.page.waitForURL('**/account/sign-in?next=*');
    await person.page.goto(address);
    await person.page.waitForSelector('[data-connect]:not([hidden])');
    await person.picture('connect');
    await person.page.click('#connect button');
    await person.page.waitForSelector('#connected:not([hidden])');
    const connected = await connecting;
    expect(connected.out + connected.err).toContain('connected successfully');

    await agent.write('work', 'aigne.yaml', 'name: coast\nagents:\n  - keeper.yaml\n');
    await agent.write(
      'work',
      'keeper.yaml',
      'name: keeper\ninstructions: You keep a lighthouse.\ninput_key: message\n',
    );
    const run = await agent.run(
      CLI,
      ['run', '--path', '.', '--model', 'aignehub/openai/gpt-5-mini', '--message', 'How is the sea?'],
      environment,
    );
    expect(run.code, run.err).toBe(0);
    const [record] = await usageRecords(hub);
    expect(record).toMatchObject({ status: 'success', routed_model: 'gpt-5-mini' });

    const status = await agent.runInTerminal(CLI, ['hub', 'status'], environment, '\r');
    expect(status.out).toContain(new URL(hub.address).origin);
    expect(status.out).toContain('AIGNE CLI');
    expect(status.out).not.toContain('Failed');
    const seen = await connectOverHttp({ address: hub.address, token: hub.controlToken, certificate: hub.certificate })(
      {
        method: 'GET',
        path: '/control/v1/keys',
        body: undefined,
      },
    );
    expect(seen.text).toContain('AIGNE CLI');
    expect(person.complaints).toEqual([]);
  });
});
