import type { MailFault } from './ports.ts';

/** What an operator does about a mail server that failed. */
export const MAIL_REMEDIES: Readonly<Record<MailFault, string>> = {
  unreachable:
    'Check the host and the port of HUB_SMTP_URL, that the server runs, and that no firewall stands between.',
  encryption:
    'Write smtps:// for a port with TLS from the first byte (465), smtp:// for one with STARTTLS (587), the name that ' +
    'the certificate is for, and HUB_CA_FILE where a private authority made it.',
  sign_in: 'Check the user and the password in HUB_SMTP_URL; special characters are percent-encoded.',
  refused: 'Check that the server lets this user send from HUB_MAIL_FROM to such addresses, and what its own log says.',
};
