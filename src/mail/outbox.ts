import type { Mail, MailTransport } from './ports.ts';

/** Mails that may wait at once; a hub that sends more has lost its mail server for long. */
const WAITING_MAX = 1000;
/** When a mail that was not taken is tried again. */
const TRY_AGAIN_MS = [2_000, 10_000, 60_000] as const;

/** Sends mails in the background, one after the other, so that nobody's answer waits for a mail server. */
export type Outbox = {
  readonly send: (mail: Mail) => void;
  /** Resolves when nothing waits any more, or the time is up. */
  readonly drain: (withinMs: number) => Promise<void>;
  readonly close: () => void;
};

export type OutboxInput = {
  readonly transport: MailTransport;
  /** Waits, in real time or in a test's. */
  readonly after: (ms: number) => Promise<void>;
  /** Tells the operator that a mail could not be sent. Never holds the mail's words: a link in it is a secret. */
  readonly onFailed: (failure: { readonly subject: string; readonly error: unknown }) => void;
};

export function createOutbox({ transport, after, onFailed }: OutboxInput): Outbox {
  let waiting = 0;
  let isClosed = false;
  let last: Promise<void> = Promise.resolve();

  const deliver = async (mail: Mail): Promise<void> => {
    for (const pauseMs of [...TRY_AGAIN_MS, undefined]) {
      try {
        return await transport.send(mail);
      } catch (error) {
        if (pauseMs === undefined || isClosed) return onFailed({ subject: mail.subject, error });
        await after(pauseMs);
      }
    }
  };

  return {
    send: (mail) => {
      if (waiting >= WAITING_MAX) {
        onFailed({ subject: mail.subject, error: new Error('too many mails wait for the mail server') });
        return;
      }
      waiting += 1;
      last = last
        .then(() => deliver(mail))
        .finally(() => {
          waiting -= 1;
        });
    },
    drain: (withinMs) => Promise.race([last, after(withinMs)]),
    close: () => {
      isClosed = true;
      transport.close();
    },
  };
}

/** In place of a mail server: says what would have been sent, where the operator reads it. */
export function createConsoleTransport(write: (text: string) => void): MailTransport {
  return {
    send: async ({ to, subject, link }) => {
      const where = link === undefined ? '' : `\n  ${link}`;
      write(`\nNo mail server is set (HUB_SMTP_URL), so this mail to ${to} was not sent: ${subject}${where}\n\n`);
    },
    close: () => undefined,
  };
}
