/** A mail as it leaves: to one address, in plain text and in HTML that says the same. */
export type Mail = {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The one address in it that matters, for a console in place of a mail server. */
  readonly link: string | undefined;
};

/** At which step a mail server failed. */
export type MailFault = 'unreachable' | 'encryption' | 'sign_in' | 'refused';

/** A mail server did not do as it was asked. The message says what it said, without the password that it was told. */
export class MailFailure extends Error {
  readonly fault: MailFault;

  constructor(fault: MailFault, reason: string) {
    super(reason);
    this.name = 'MailFailure';
    this.fault = fault;
  }
}

/** Hands a mail on. @throws MailFailure with what the mail server says, without the mail's words */
export type MailTransport = { readonly send: (mail: Mail) => Promise<void>; readonly close: () => void };

/** A transport by a mail server, which can be asked whether it would take mails. */
export type ServerTransport = MailTransport & {
  /** Where the server is, as `host:port`. */
  readonly server: string;
  /** Connects, greets and signs in, and sends nothing. @throws MailFailure */
  readonly check: () => Promise<void>;
};
