/** A mail as it leaves: to one address, in plain text and in HTML that says the same. */
export type Mail = {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The one address in it that matters, for a console in place of a mail server. */
  readonly link: string | undefined;
};

/** Hands a mail on. @throws whatever the mail server says, without the mail's words */
export type MailTransport = { readonly send: (mail: Mail) => Promise<void>; readonly close: () => void };
