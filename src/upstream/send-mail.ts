import type { SMTPTransportOptions, Transporter } from 'nodemailer';
import { MailFailure, type MailFault, type ServerTransport } from '../mail/ports.ts';
import { createTlsContext } from './ca-bundle.ts';

const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;
const SMTP_PORT = 587;
const SMTPS_PORT = 465;
const REASON_CHARACTERS_MAX = 300;
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
export function createSmtpTransport({ url, from, replyTo, extraCaPem }: SmtpInput): ServerTransport {
  const { protocol, hostname, port, username, password } = new URL(url);
  const isTls = protocol === 'smtps:';
  const portNumber = port === '' ? (isTls ? SMTPS_PORT : SMTP_PORT) : Number(port);
  const signIn = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  const options: SMTPTransportOptions = {
    host: hostname,
    port: portNumber,
    secure: isTls,
    requireTLS: !isTls && !LOOPBACK.has(hostname),
    ...(username === '' ? {} : { auth: signIn }),
    // Without it a server that takes no sign-in would be sent the mail all the same.
    forceAuth: username !== '',
    ...(extraCaPem === undefined ? {} : { tls: { secureContext: createTlsContext(extraCaPem) } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  let opened: Promise<Transporter> | undefined;
  // Most hubs send no mail in their life, and what sends it takes 15 MiB.
  const transport = (): Promise<Transporter> =>
    (opened ??= import('nodemailer').then((mailer) => mailer.createTransport(options)));
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      throw failureOf(error, { ...signIn, written: password });
    }
  };
  return {
    server: `${hostname}:${portNumber}`,
    send: ({ to, subject, text, html }) =>
      attempt(async () => {
        const mail = { from, to, subject, text, html, ...(replyTo === undefined ? {} : { replyTo }) };
        await (await transport()).sendMail(mail);
      }),
    check: () => attempt(async () => (await transport()).verify()),
    // What could not be opened has failed whoever wanted to send, and needs no closing.
    close: () => void opened?.then((it) => it.close()).catch(() => undefined),
  };
}

type SignIn = { readonly user: string; readonly pass: string; readonly written: string };

/** What went wrong, in the server's words or the socket's, but for what the server was told in confidence. */
function failureOf(error: unknown, signIn: SignIn): MailFailure {
  const message = error instanceof Error ? error.message : String(error);
  const reason = withoutPassword(message.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' '), signIn);
  return new MailFailure(faultOf(error, message), reason.trim().slice(0, REASON_CHARACTERS_MAX));
}

/** By the codes of https://nodemailer.com/errors; one of a socket says in words alone that it was about a certificate. */
function faultOf(error: unknown, message: string): MailFault {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isAnswered = error instanceof Error && 'responseCode' in error && error.responseCode !== undefined;
  if (code === 'EAUTH' || code === 'ENOAUTH') return 'sign_in';
  if (code === 'ETLS' || (!isAnswered && /certificate|self-signed|\b(?:TLS|SSL)\b/i.test(message))) return 'encryption';
  return isAnswered || code === 'EENVELOPE' || code === 'EMESSAGE' || code === 'EPROTOCOL' ? 'refused' : 'unreachable';
}

/** A server may quote what it was told: the password as it is, as the address writes it, or as it goes over the wire. */
function withoutPassword(text: string, { user, pass, written }: SignIn): string {
  if (pass === '') return text;
  const base64 = (told: string): string => Buffer.from(told).toString('base64');
  const forms = [base64(`\0${user}\0${pass}`), base64(pass), pass, written];
  return forms.reduce((clean, form) => clean.replaceAll(form, '…'), text);
}
