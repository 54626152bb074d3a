import { afterEach, describe, expect, it } from 'vitest';
import { startSmtpSink } from '../../test/support/smtp-sink.ts';
import { MailFailure } from '../mail/ports.ts';
import { temporaryDir } from '../storage/testing/stores.ts';
import { selfSigned } from '../tls/self-signed.ts';
import { createSmtpTransport } from './send-mail.ts';

const MAIL = {
  to: 'ada@example.com',
  subject: '請確認您的地址',
  text: 'Hello, 您好\n\nhttps://hub.example/account/verify#token\n',
  html: '<p>Hello, 您好</p>',
  link: undefined,
};
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function sink(options: Parameters<typeof startSmtpSink>[0] = {}) {
  const started = await startSmtpSink(options);
  closing.push(started.close);
  return started;
}

function transport(url: string, extraCaPem?: string) {
  const made = createSmtpTransport({ url, from: 'Hub <hub@example.com>', replyTo: 'help@example.com', extraCaPem });
  closing.push(made.close);
  return made;
}

async function certificate() {
  return selfSigned({ hosts: ['localhost', '127.0.0.1'], dir: temporaryDir(), nowMs: Date.now() });
}

/** A server that refuses to sign anybody in, in these words. */
function refusing(words: (password: string) => string) {
  return sink({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ password }, _session, done) => done(new Error(words(password ?? ''))),
  });
}

describe('a mail server that is asked whether it would take mails', () => {
  it('is greeted and signed in to, and is sent nothing', async () => {
    let signedIn = 0;
    const server = await sink({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username }, _session, done) => {
        signedIn += 1;
        done(null, { user: username });
      },
    });
    const made = transport(`smtp://hub:secret@127.0.0.1:${server.port}`);
    await made.check();
    expect([made.server, signedIn, server.mails]).toEqual([`127.0.0.1:${server.port}`, 1, []]);
  });

  it('and is not there is told from one that cannot be spoken to in private, that lets nobody in, that refuses', async () => {
    const { cert, key } = await certificate();
    const gone = await startSmtpSink();
    await gone.close();
    const encrypted = await sink({ secure: true, cert, key });
    const locked = await refusing(() => 'no such user');
    const silent = await sink({ onConnect: (_session, done) => done(new Error('not from there')) });
    const faultAt = (url: string) =>
      transport(url)
        .check()
        .then(
          () => 'none',
          (error: unknown) => (error instanceof MailFailure ? error.fault : error),
        );
    expect(await faultAt(`smtp://127.0.0.1:${gone.port}`)).toBe('unreachable');
    expect(await faultAt(`smtps://localhost:${encrypted.port}`)).toBe('encryption');
    expect(await faultAt(`smtps://127.0.0.1:${silent.port}`)).toBe('encryption');
    expect(await faultAt(`smtp://hub:secret@127.0.0.1:${locked.port}`)).toBe('sign_in');
    expect(await faultAt(`smtp://127.0.0.1:${silent.port}`)).toBe('refused');
  });

  it.each([
    ['as it is', (password: string) => `wrong: ${password}`],
    ['as an address writes it', (password: string) => `wrong: ${encodeURIComponent(password)}`],
    ['as it went over the wire', (password: string) => Buffer.from(`\0hub\0${password}`).toString('base64')],
  ])('is not believed with the password that it quotes, %s', async (_how, words) => {
    const server = await refusing(words);
    const asked = transport(`smtp://hub:p%C3%A4ss%2Fw%C3%B6rd@127.0.0.1:${server.port}`).check();
    const error = await asked.catch((thrown: unknown) => thrown);
    const said = String(error);
    expect(said).toContain('…');
    for (const form of ['päss', 'p%C3%A4ss', words('päss/wörd')]) expect(said).not.toContain(form);
  });
});

describe('a mail server', () => {
  it('gets a mail with its sender, its language and its link as they are', async () => {
    const server = await sink();
    await transport(`smtp://127.0.0.1:${server.port}`).send(MAIL);
    const mail = await server.waitFor('ada@example.com');
    expect(mail).toMatchObject({ from: 'hub@example.com', text: MAIL.text.trimEnd() });
    expect(mail.link).toBe('https://hub.example/account/verify#token');
    expect(mail.headers).toContain('Reply-To: help@example.com');
  });

  it('is given the user and the password that the address names', async () => {
    const seen: unknown[] = [];
    const server = await sink({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) => {
        seen.push([username, password]);
        done(null, { user: username });
      },
    });
    await transport(`smtp://hub%40example:p%C3%A4ss@127.0.0.1:${server.port}`).send(MAIL);
    expect(seen).toEqual([['hub@example', 'päss']]);
  });

  it('that takes no sign-in is sent nothing where the address names a user', async () => {
    const server = await sink({ disabledCommands: ['AUTH', 'STARTTLS'] });
    await expect(transport(`smtp://hub:secret@127.0.0.1:${server.port}`).send(MAIL)).rejects.toThrow();
    expect(server.mails).toEqual([]);
  });

  it('that refuses the reader is told of', async () => {
    const server = await sink({ onRcptTo: (_address, _session, done) => done(new Error('no such reader')) });
    await expect(transport(`smtp://127.0.0.1:${server.port}`).send(MAIL)).rejects.toThrow('no such reader');
    expect(server.mails).toEqual([]);
  });

  it('is spoken to over TLS whose certificate is checked', async () => {
    const { cert, key } = await certificate();
    const server = await sink({ secure: true, cert, key });
    await expect(transport(`smtps://localhost:${server.port}`).send(MAIL)).rejects.toThrow(/self-signed|certificate/);
    await transport(`smtps://localhost:${server.port}`, cert).send(MAIL);
    expect(server.mails).toHaveLength(1);
  });
});
