import { afterEach, describe, expect, it } from 'vitest';
import { startSmtpSink } from '../../test/support/smtp-sink.ts';
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
