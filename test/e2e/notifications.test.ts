import { createServer } from 'node:http';
import { Webhook as StandardVerifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type JsonObject, parseJson } from '../../src/kernel/json.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { asObject, callHub, chatBody, eventually, listOf, textOf } from '../support/hub-calls.ts';
import { type HubProcess, startHub } from '../support/hub-process.ts';
import { closeServer, listenOnLoopback } from '../support/listen.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

/** A hub's owner is told of a credential that its provider refuses: in the hub, by mail and by a signed webhook. */

const ADA = 'ada@example.com';
const GOOD = 'sk-good-credential';
const WITHIN_MS = 30_000;

type Received = { readonly headers: Record<string, string>; readonly body: string; readonly status: number };

const received: Received[] = [];
let answers = 204;
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    received.push({ headers, body: Buffer.concat(chunks).toString(), status: answers });
    response.writeHead(answers, { location: '/elsewhere' }).end();
  });
});

let upstream: FakeUpstream;
let sink: SmtpSink;
let hub: HubProcess;
let port: number;
let cookie: string;
let secret: string;
let connectionId: string;
let credentialId: string;

beforeAll(async () => {
  upstream = await startFakeUpstream({ models: ['fake-small'], credentials: [GOOD] });
  sink = await startSmtpSink();
  port = await listenOnLoopback(receiver, 0);
  hub = await startHub({
    allow: [`127.0.0.1:${upstream.port}`, `127.0.0.1:${port}`],
    environment: {
      HUB_SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
      HUB_MAIL_FROM: 'AIGNE Hub <hub@example.com>',
    },
  });
  const token = /\/account\/setup#(\S+)/.exec(hub.log())?.[1] ?? '';
  const body = { token, email: ADA, name: 'Ada', password: 'correct horse battery' };
  const answer = await callHub(hub, undefined, { path: '/control/v1/auth/setup', body });
  cookie = (answer.headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';
  connectionId = await hub.connectFake(upstream, { name: 'fake', secret: GOOD });
  const [credential] = await listOf(hub, `/connections/${connectionId}/credentials`);
  credentialId = textOf(credential?.['id']);
  const made = asObject(
    await hub.control('POST', '/webhooks', {
      url: `http://127.0.0.1:${port}/hook`,
      kinds: ['credential.failing', 'credential.working'],
    }),
  );
  secret = textOf(made['secret']);
}, 120_000);

afterAll(async () => {
  await hub?.stop();
  await sink?.close();
  await upstream?.close();
  await closeServer(receiver);
});

async function asAda(method: string, path: string, body?: JsonObject): Promise<JsonObject> {
  const headers = { cookie, origin: hub.address };
  const answer = await callHub(hub, undefined, {
    method,
    path: `/control/v1${path}`,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.json;
}

async function kindsTold(): Promise<string[]> {
  return (await listOf(hub, '/notifications')).map(({ kind }) => textOf(kind));
}

function mailsTo(address: string): readonly string[] {
  return sink.mails.filter(({ to }) => to.includes(address)).map(({ text }) => text);
}

/** As a receiver does it: with the library of Standard Webhooks. */
function checked(message: Received | undefined): JsonObject {
  return asObject(
    parseJson(JSON.stringify(new StandardVerifier(secret).verify(message?.body ?? '', message?.headers ?? {}))),
  );
}

it('a refused credential is one notification, one mail and one signed message', async () => {
  upstream.setCredentials([]);
  const key = await hub.createKey();
  for (let call = 0; call < 3; call += 1) {
    await callHub(hub, key.secret, { body: chatBody({ model: 'fake/fake-small' }) });
  }
  const message = await eventually('a message', async () => received[0], WITHIN_MS);
  expect(checked(message)).toMatchObject({
    type: 'credential.failing',
    data: { credential_id: credentialId, connection_id: connectionId, connection_name: 'fake' },
  });
  expect(JSON.stringify(message)).not.toContain(GOOD);
  const mail = await sink.waitFor(ADA, /fake: a credential is failing/);
  expect(mail.text).toContain('The provider refused the credential');
  expect(mail.link).toBe(`${hub.address}/dashboard/org_default/notifications`);
  expect(await kindsTold()).toEqual(['credential.failing']);
  expect(await asAda('GET', '/notifications/unread')).toEqual({ unread: 1 });
});

it('the credential that works again is one more of each, and who muted it gets no mail', async () => {
  await asAda('PUT', '/me/notification-mails', { muted_kinds: ['credential.working'] });
  const mails = mailsTo(ADA).length;
  upstream.setCredentials([GOOD]);
  await hub.control('POST', `/credentials/${credentialId}/test`);
  const message = await eventually('a message', async () => received[1], WITHIN_MS);
  expect(checked(message)).toMatchObject({ type: 'credential.working', data: { credential_id: credentialId } });
  expect(await kindsTold()).toEqual(['credential.working', 'credential.failing']);
  expect(mailsTo(ADA)).toHaveLength(mails);
  expect(received).toHaveLength(2);
});

it('what is read is read by one person, and by nobody without a session', async () => {
  expect(await asAda('POST', '/notifications/read')).toEqual({ unread: 0 });
  expect((await listOf(hub, '/notifications')).map(({ read }) => read)).toEqual([false, false]);
  await expect(hub.control('POST', '/notifications/read')).rejects.toThrow();
});

it('a receiver that fails, redirects and then heals gets the message by a retry', async () => {
  answers = 302;
  const [webhook] = await listOf(hub, '/webhooks');
  const id = textOf(webhook?.['id']);
  await hub.control('POST', `/webhooks/${id}/test`);
  await eventually('the first attempt', async () => received[2], WITHIN_MS);
  answers = 200;
  const again = await eventually('the second attempt', async () => received[3], WITHIN_MS);
  expect(again.headers['webhook-id']).toBe(received[2]?.headers['webhook-id']);
  expect(checked(again)).toMatchObject({ type: 'webhook.test' });
  const delivery = await eventually(
    'the outcome',
    async () => {
      const [newest] = await listOf(hub, `/webhooks/${id}/deliveries`);
      return newest?.['state'] === 'delivered' && newest;
    },
    WITHIN_MS,
  );
  expect(delivery).toMatchObject({ kind: 'webhook.test', attempts: 2, status: 200 });
});

it('an address that the operator does not allow is never dialled', async () => {
  const made = asObject(await hub.control('POST', '/webhooks', { url: 'http://127.0.0.1:9/internal' }));
  const id = textOf(asObject(made['webhook'])['id']);
  await hub.control('POST', `/webhooks/${id}/test`);
  const delivery = await eventually(
    'a refusal',
    async () => (await listOf(hub, `/webhooks/${id}/deliveries`)).find(({ error }) => error !== undefined),
    WITHIN_MS,
  );
  expect(textOf(delivery['error'])).toMatch(/^egress\.blocked/);
  expect(delivery['status']).toBeUndefined();
});
