import { readFileSync } from 'node:fs';
import type { ControlServices } from '../controlplane/services.ts';
import type { InvitationMail } from '../identity/people-ports.ts';
import type { AccountMail, Recipient } from '../identity/ports.ts';
import { GatewayError } from '../kernel/errors.ts';
import { systemDelay } from '../kernel/repeat.ts';
import { type MailSubject, writeMail } from '../mail/messages.ts';
import { createConsoleTransport, createOutbox, type Outbox } from '../mail/outbox.ts';
import { type Mail, MailFailure, type ServerTransport } from '../mail/ports.ts';
import { MAIL_REMEDIES } from '../mail/remedies.ts';
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
  readonly sendTest: ControlServices['sendTestMail'];
};

export type MailInput = {
  readonly settings: Settings;
  readonly write: (text: string) => void;
  readonly logger: Logger;
  readonly installation: () => Promise<Installation>;
};

export function openMail({ settings, write, logger, installation }: MailInput): HubMail {
  const server = openMailServer(settings);
  const transport = server ?? createConsoleTransport(write);
  const outbox = createOutbox({
    transport,
    after: (ms) =>
      new Promise((resolve) => {
        systemDelay(ms, resolve);
      }),
    onFailed: ({ subject, error }) => logger.error({ err: error, subject }, 'a mail could not be sent'),
  });
  return {
    kind: server === undefined ? 'console' : 'smtp',
    outbox,
    tell: (to, about) => {
      installation().then(
        (looks) => outbox.send(writeMail({ to, about, installation: looks })),
        (error: unknown) => logger.error({ err: error, kind: about.kind }, 'a mail could not be written'),
      );
    },
    sendTest: async (to) => {
      if (server === undefined) throw new GatewayError('mail.no_server');
      await sendNow(server, writeMail({ to, about: { kind: 'test' }, installation: await installation() }));
    },
  };
}

/** The operator's mail server; `undefined` where none is set. */
export function openMailServer({ mail, egress }: Pick<Settings, 'mail' | 'egress'>): ServerTransport | undefined {
  const { smtpUrl, from, replyTo } = mail;
  if (smtpUrl === undefined || from === undefined) return undefined;
  const extraCaPem = egress.caFile === undefined ? undefined : readFileSync(egress.caFile, 'utf8');
  return createSmtpTransport({ url: smtpUrl.reveal(), from, replyTo, extraCaPem });
}

/** Past the outbox: whoever waits is told what came of it. @throws mail.not_sent */
async function sendNow(server: ServerTransport, mail: Mail): Promise<void> {
  try {
    await server.send(mail);
  } catch (error) {
    if (!(error instanceof MailFailure)) throw error;
    throw new GatewayError('mail.not_sent', {
      message: `${server.server} did not take the mail: ${error.message}`,
      details: { server: server.server, fault: error.fault, reason: error.message, remedy: MAIL_REMEDIES[error.fault] },
      cause: error,
    });
  }
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
