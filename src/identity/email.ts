import { GatewayError } from '../kernel/errors.ts';

const EMAIL_CHARS_MAX = 254;
const LOCAL_CHARS_MAX = 64;
/**
 * An address as people have them: RFC 5321's dot-string without quotes, at a domain name. What a mail server would take
 * beyond that (quoted names, address literals) is refused: it is only ever typed to get around something.
 * https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2
 */
const EMAIL =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/;

/** The address in the one form in which it is stored and compared. @throws request.invalid */
export function normalizeEmail(text: string): string {
  const email = text.trim().toLowerCase();
  const at = email.indexOf('@');
  if (email.length > EMAIL_CHARS_MAX || at > LOCAL_CHARS_MAX || !EMAIL.test(email)) {
    throw new GatewayError('request.invalid', { param: 'email', message: 'email: is not a mail address.' });
  }
  return email;
}

export function domainOf(email: string): string {
  return email.slice(email.indexOf('@') + 1);
}
