import { describe, expect, it } from 'vitest';
import { type MailSubject, writeMail } from './messages.ts';

const LINK = 'https://hub.example/account/verify#a-token';
const SUBJECTS: readonly MailSubject[] = [
  { kind: 'verify_address', link: LINK },
  { kind: 'account_exists', link: LINK },
  { kind: 'reset_password', link: LINK },
  { kind: 'password_changed' },
  { kind: 'test' },
  { kind: 'awaits_approval', email: 'bob@example.com', link: LINK },
  { kind: 'approved', link: LINK },
  { kind: 'invitation', organization: 'Analytical Engines', inviter: 'Ada', link: LINK },
  {
    kind: 'notification',
    words: {
      en: { subject: 'openai: a credential is failing', lines: ['The provider refused it.\nBcc: eve@example.com'] },
      'zh-TW': { subject: 'openai：憑證失效', lines: ['供應商拒絕了這個憑證。'] },
    },
    link: LINK,
  },
];
const installation = {
  name: 'Example AI',
  supportAddress: 'help@example.com',
  termsUrl: 'https://example.com/terms',
  privacyUrl: 'https://example.com/privacy',
};

const write = (about: MailSubject, locale: string | undefined = 'en', name: string | undefined = 'Ada') =>
  writeMail({ to: { email: 'ada@example.com', name, locale }, about, installation });

describe.each(['en', 'zh-TW'])('mails in %s', (locale) => {
  it.each(SUBJECTS.map((about) => [about.kind, about] as const))('%s', (_kind, about) => {
    const mail = write(about, locale);
    expect(`${mail.subject}\n\n${mail.text}`).toMatchSnapshot();
    expect(mail.html).toContain(`lang="${locale}"`);
    // What the one form says, the other says too.
    for (const line of mail.text.split('\n').filter((text) => text !== '' && text !== '--' && !/[:：]$/.test(text))) {
      expect(mail.html).toContain(line.replaceAll('&', '&amp;'));
    }
  });
});

describe('a mail', () => {
  it('is written in English where the reader’s language is none of ours', () => {
    expect(write({ kind: 'approved', link: LINK }, 'fr').text).toBe(write({ kind: 'approved', link: LINK }, 'en').text);
  });

  it('lets no name that a stranger chose begin a line, a header or a tag', () => {
    const evil = 'Ada\r\nBcc: everybody@example.com\r\n\r\n<script>alert(1)</script>\u2028"';
    const mail = writeMail({
      to: { email: 'ada@example.com', name: evil, locale: 'en' },
      about: { kind: 'invitation', organization: evil, inviter: evil, link: LINK },
      installation: { ...installation, name: evil, supportAddress: evil },
    });
    expect(mail.subject).not.toMatch(/[\r\n\u2028]/);
    expect(mail.text).not.toMatch(/^Bcc/m);
    expect(mail.html).not.toContain('<script>');
  });

  it('greets who has no name, and signs with no more than there is', () => {
    const mail = writeMail({
      to: { email: 'ada@example.com', name: undefined, locale: 'en' },
      about: { kind: 'password_changed' },
      installation: { name: 'Hub', supportAddress: undefined, termsUrl: undefined, privacyUrl: undefined },
    });
    expect(mail.text).toMatch(/^Hello,\n/);
    expect(mail.text).not.toContain('--');
  });
});
