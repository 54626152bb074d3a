import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A mail as a mail server got it. */
export type SunkMail = {
  readonly from: string;
  readonly to: readonly string[];
  readonly headers: string;
  /** The plain text, decoded. */
  readonly text: string;
  /** The first address in the text. */
  readonly link: string | undefined;
};

export type SmtpSink = {
  readonly port: number;
  readonly mails: readonly SunkMail[];
  /** The newest mail to somebody, now or soon. */
  readonly waitFor: (to: string, subject?: RegExp) => Promise<SunkMail>;
  readonly close: () => Promise<void>;
};

const WAIT_MS = 10_000;

/** A real SMTP server on loopback that keeps what it is sent. */
export async function startSmtpSink(options: SMTPServerOptions = {}): Promise<SmtpSink> {
  const mails: SunkMail[] = [];
  const waiting = new Set<() => void>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    ...options,
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        mails.push(
          readMail(
            Buffer.concat(chunks).toString('latin1'),
            from,
            rcptTo.map(({ address }) => address),
          ),
        );
        for (const look of waiting) look();
        done();
      });
    },
  });
  // A client that does not trust the certificate hangs up in the middle of the handshake.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  // A server that listens on a TCP port has an address with one.
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    mails,
    waitFor: (to, subject = /./) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`no mail to ${to} came; there are ${mails.map((mail) => mail.to.join()).join('; ')}`));
        }, WAIT_MS);
        const look = (): void => {
          const found = mails.findLast((mail) => mail.to.includes(to) && subject.test(mail.headers));
          if (found === undefined) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The plain part of a mail in two forms, as nodemailer writes them. */
function readMail(raw: string, from: string, to: readonly string[]): SunkMail {
  const [headers = '', ...rest] = raw.split('\r\n\r\n');
  const boundary = /boundary="([^"]+)"/.exec(headers)?.[1] ?? '';
  const parts = rest.join('\r\n\r\n').split(`--${boundary}`);
  const plain = parts.find((part) => /content-type: text\/plain/i.test(part)) ?? '';
  const at = plain.indexOf('\r\n\r\n');
  const body = plain.slice(at + 4).trimEnd();
  const text = decode(body, /content-transfer-encoding: (\S+)/i.exec(plain)?.[1] ?? '7bit').replaceAll('\r\n', '\n');
  return { from, to, headers, text, link: /https?:\/\/\S+/.exec(text)?.[0] };
}

function decode(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1').toString('utf8');
  const bytes = body
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
