import { createTransport } from 'nodemailer';
import type { MailTransport } from '../mail/ports.ts';
import { createTlsContext } from './ca-bundle.ts';

const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;
const SMTP_PORT = 587;
const SMTPS_PORT = 465;
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

export type SmtpInput = {
  /** `smtp://` or `smtps://`, with user and password where the server asks for them. */
  readonly url: string;
  readonly from: string;
  readonly replyTo: string | undefined;
  /** Authorities beside the system's, in PEM. */
  readonly extraCaPem: string | undefined;
};

/**
 * Sends through the operator's mail server, and to no other: the address is the settings', so the egress guard has
 * nothing to judge. Without TLS from the first byte, STARTTLS is required; only a server on this machine is spoken to in
 * the clear. https://nodemailer.com/smtp
 */
export function createSmtpTransport({ url, from, replyTo, extraCaPem }: SmtpInput): MailTransport {
  const { protocol, hostname, port, username, password } = new URL(url);
  const isTls = protocol === 'smtps:';
  const transport = createTransport({
    host: hostname,
    port: port === '' ? (isTls ? SMTPS_PORT : SMTP_PORT) : Number(port),
    secure: isTls,
    requireTLS: !isTls && !LOOPBACK.has(hostname),
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    // Without it a server that takes no sign-in would be sent the mail all the same.
    forceAuth: username !== '',
    ...(extraCaPem === undefined ? {} : { tls: { secureContext: createTlsContext(extraCaPem) } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async ({ to, subject, text, html }) => {
      await transport.sendMail({ from, to, subject, text, html, ...(replyTo === undefined ? {} : { replyTo }) });
    },
    close: () => transport.close(),
  };
}
