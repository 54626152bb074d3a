import { readFileSync } from 'node:fs';
import type { InvitationMail } from '../identity/people-ports.ts';
import type { AccountMail, Recipient } from '../identity/ports.ts';
import { systemDelay } from '../kernel/repeat.ts';
import { type MailSubject, writeMail } from '../mail/messages.ts';
import { createConsoleTransport, createOutbox, type Outbox } from '../mail/outbox.ts';
import type { Logger } from '../observability/logger.ts';
import type { Installation } from '../protocol/installation.ts';
import type { Settings } from '../settings.ts';
import { createSmtpTransport } from '../upstream/send-mail.ts';

/** How long mails that wait may hold up the end of the process. */
export const MAIL_DRAIN_MS = 5000;

export type HubMail = {
  readonly kind: 'smtp' | 'console';
  readonly outbox: Outbox;
  /** Writes a mail and puts it into the outbox. */
  readonly tell: (to: Recipient, about: MailSubject) => void;
};

export type MailInput = {
  readonly settings: Settings;
  readonly write: (text: string) => void;
  readonly logger: Logger;
  readonly installation: () => Promise<Installation>;
};

export function openMail({ settings, write, logger, installation }: MailInput): HubMail {
  const { smtpUrl, from, replyTo } = settings.mail;
  const caFile = settings.egress.caFile;
  const transport =
    smtpUrl === undefined || from === undefined
      ? createConsoleTransport(write)
      : createSmtpTransport({
          url: smtpUrl.reveal(),
          from,
          replyTo,
          extraCaPem: caFile === undefined ? undefined : readFileSync(caFile, 'utf8'),
        });
  const outbox = createOutbox({
    transport,
    after: (ms) =>
      new Promise((resolve) => {
        systemDelay(ms, resolve);
      }),
    onFailed: ({ subject, error }) => logger.error({ err: error, subject }, 'a mail could not be sent'),
  });
  return {
    kind: smtpUrl === undefined ? 'console' : 'smtp',
    outbox,
    tell: (to, about) => {
      installation().then(
        (looks) => outbox.send(writeMail({ to, about, installation: looks })),
        (error: unknown) => logger.error({ err: error, kind: about.kind }, 'a mail could not be written'),
      );
    },
  };
}

/** The mails of invitations. */
export function invitationMail(mail: HubMail, baseUrl: () => string): InvitationMail {
  return {
    invite: async ({ to, organization, token }) =>
      mail.tell(
        { email: to, name: undefined, locale: undefined },
        {
          kind: 'invitation',
          organization: organization.name,
          inviter: undefined,
          link: `${baseUrl()}${PAGES.invitation}#${token}`,
        },
      ),
  };
}

/** Where the links of mails lead: pages of the hub. What follows `#` never reaches a server or its log. */
export const PAGES = {
  signIn: '/account/sign-in',
  verify: '/account/verify',
  reset: '/account/reset',
  invitation: '/account/invitation',
  setup: '/account/setup',
  users: '/account/sign-in',
} as const;

/**
 * The mails of accounts, with their links.
 * @param baseUrl where people reach the hub, which is never what a request says of itself: whoever asks for somebody
 *   else's mail would choose where its link leads
 */
export function accountMail(mail: HubMail, baseUrl: () => string): AccountMail {
  const link = (page: keyof typeof PAGES, token?: string): string =>
    `${baseUrl()}${PAGES[page]}${token === undefined ? '' : `#${token}`}`;
  return {
    verifyAddress: (to, token) => mail.tell(to, { kind: 'verify_address', link: link('verify', token) }),
    accountExists: (to) => mail.tell(to, { kind: 'account_exists', link: link('signIn') }),
    resetPassword: (to, token) => mail.tell(to, { kind: 'reset_password', link: link('reset', token) }),
    passwordChanged: (to) => mail.tell(to, { kind: 'password_changed' }),
    awaitsApproval: (to, { email }) => mail.tell(to, { kind: 'awaits_approval', email, link: link('users') }),
    approved: (to) => mail.tell(to, { kind: 'approved', link: link('signIn') }),
  };
}
