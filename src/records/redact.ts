/** What may be struck out of a text. */
type RedactedKind = 'private key' | 'key' | 'token' | 'e-mail address' | 'card number' | 'phone number';

type Form = { readonly kind: RedactedKind; readonly form: RegExp; readonly isMeant?: (found: string) => boolean };

/**
 * In order: what an earlier form took is gone for the later ones. Every repetition is bounded, or is of characters that
 * cannot stand at its end, so that no text makes a search go back far: the time is linear in the text.
 */
const FORMS: readonly Form[] = [
  {
    kind: 'private key',
    form: /-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----[^-]{0,16384}(?:-----END [A-Z ]{0,32}PRIVATE KEY-----)?/g,
  },
  {
    kind: 'key',
    form: /\b(?:sk-|hubadm_|xai-|gsk_|AIza|AKIA|hf_|nvapi-|gh[pousr]_|github_pat_|xox[abpr]-)[\w-]{8,}/g,
  },
  { kind: 'token', form: /\bbearer\s{1,8}[\w.~+/=-]{8,}/gi },
  { kind: 'token', form: /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{0,4096}/g },
  { kind: 'e-mail address', form: /[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}/gi },
  { kind: 'card number', form: /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g, isMeant: hasLuhnSum },
  { kind: 'phone number', form: /(?<![\w+])\+\d(?:[ ().-]{0,2}\d){7,14}(?!\d)/g },
  { kind: 'phone number', form: /(?<![\w-])\(?\d{2,4}\)?[ -]\d{3,4}[ -]\d{3,4}(?![\w-])/g },
];

/** Puts `[redacted: kind]` in the place of secrets and of what says who somebody is. */
export function redact(text: string): string {
  let redacted = text;
  for (const { kind, form, isMeant } of FORMS) {
    redacted = redacted.replace(form, (found) => (isMeant?.(found) === false ? found : `[redacted: ${kind}]`));
  }
  return redacted;
}

/** Whether the last digit is the check digit that payment cards carry. */
function hasLuhnSum(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const weighted = index % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}
