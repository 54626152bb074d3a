import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callHub, type HubAnswer, listOf, textOf } from '../support/hub-calls.ts';
import { runCommand } from '../support/hub-command.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

/** An operator finds out whether mails arrive, and why not. */

const SMTP_PASSWORD = 'canary-of-the-mail-server';
const ADDRESS = 'ada@example.com';

let sink: SmtpSink;
let folder: string;
let hub: HubProcess;
let cookie: string;
let environment: Readonly<Record<string, string>>;
/** What the server says to a sign-in; `undefined`: it lets everybody in. */
let refusal: ((password: string) => string) | undefined;

beforeAll(async () => {
  sink = await startSmtpSink({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) => {
      if (refusal === undefined) done(null, { user: username });
      else done(new Error(refusal(password ?? '')));
    },
  });
  folder = await mkdtemp(join(tmpdir(), 'hub-mail-'));
  environment = {
    HUB_SMTP_URL: `smtp://hub:${SMTP_PASSWORD}@127.0.0.1:${sink.port}`,
    HUB_MAIL_FROM: 'AIGNE Hub <hub@example.com>',
  };
  hub = await startHub({ dataDir: folder, environment });
  cookie = await signUpOperator(hub);
});

afterAll(async () => {
  await hub?.stop();
  await sink?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The first owner, who runs the installation, by the link that the console shows. */
async function signUpOperator(at: HubProcess): Promise<string> {
  const token = /\/account\/setup#(\S+)/.exec(at.log())?.[1] ?? '';
  const body = { token, email: ADDRESS, name: 'Ada', password: 'correct horse battery' };
  const answer = await callHub(at, undefined, { path: '/control/v1/auth/setup', body });
  expect(answer.status, answer.text).toBe(201);
  return (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
}

function askForMail(at: HubProcess, session: string): Promise<HubAnswer> {
  const headers = { cookie: session, origin: at.address };
  return callHub(at, undefined, { path: '/control/v1/installation/test-mail', headers });
}

function doctor(variables = environment) {
  return runCommand(['doctor', '--data-dir', folder, '--json'], { environment: { HOME: folder, ...variables } });
}

describe('a test mail', () => {
  it('goes to the address of the operator who asks for it', async () => {
    refusal = undefined;
    const answer = await askForMail(hub, cookie);
    expect([answer.status, answer.json]).toEqual([200, { sent_to: ADDRESS }]);
    const mail = await sink.waitFor(ADDRESS, /A test of the mails of/);
    expect(mail.text).toContain('It came.');
    const [entry] = await listOf(hub, '/installation/audit?action=sendTestMail');
    expect(entry).toMatchObject({ outcome: 'done' });
  });

  it('that the server does not take says what the server said, without the password', async () => {
    refusal = (password) => `no entry with ${password}`;
    const before = sink.mails.length;
    const answer = await askForMail(hub, cookie);
    expect(answer.status).toBe(502);
    expect(answer.error).toMatchObject({ code: 'mail.not_sent', details: { fault: 'sign_in' } });
    expect(textOf(answer.error['message'])).toContain('no entry with …');
    expect(answer.text + hub.log()).not.toContain(SMTP_PASSWORD);
    expect(sink.mails).toHaveLength(before);
  });

  it('has nowhere to go for who is no person', async () => {
    const call = { path: '/control/v1/installation/test-mail' };
    const answer = await callHub(hub, hub.controlToken, call);
    expect([answer.status, answer.error['code']]).toEqual([403, 'access.denied']);
    expect((await callHub(hub, undefined, call)).status).toBe(401);
  });

  it('is not sent where no server is set', async () => {
    const bare = await startHub();
    const answer = await askForMail(bare, await signUpOperator(bare));
    expect([answer.status, answer.error['code']]).toEqual([409, 'mail.no_server']);
    await bare.stop();
  });
});

describe('the doctor', () => {
  it('greets the mail server, signs in, and sends nothing', async () => {
    refusal = undefined;
    const before = sink.mails.length;
    const { json } = await doctor();
    const server = `127.0.0.1:${sink.port}`;
    expect(json).toMatchObject({
      findings: expect.arrayContaining([
        { check: 'mail', state: 'good', message: `${server} greets the hub, and would take mails` },
      ]),
    });
    expect(sink.mails).toHaveLength(before);
  });

  it('says what the mail server refuses and what to do, without the password', async () => {
    refusal = (password) => `no entry with ${password}`;
    const { code, out, err, json } = await doctor();
    expect(json).toMatchObject({
      ok: false,
      findings: expect.arrayContaining([
        expect.objectContaining({
          check: 'mail',
          state: 'bad',
          message: expect.stringContaining('does not let the hub sign in'),
          remedy: expect.stringContaining('HUB_SMTP_URL'),
        }),
      ]),
    });
    expect(code).toBe(1);
    expect(out + err).not.toContain(SMTP_PASSWORD);
  });

  it('says nothing of mails where no server is set', async () => {
    const { out } = await doctor({});
    expect(out).not.toContain('"mail"');
  });
});
