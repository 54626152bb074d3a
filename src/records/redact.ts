/** What may be struck out of a text. */
type RedactedKind = 'private key' | 'key' | 'token' | 'e-mail address' | 'card number' | 'phone number';

type Form = {
  readonly kind: RedactedKind;
  readonly form: RegExp;
  /** What stands in each of them: most texts have none, and are not searched. */
  readonly holds?: string;
  readonly isMeant?: (found: string) => boolean;
};

/**
 * In order: what an earlier form took is gone for the later ones. Every repetition is bounded, or is of characters that
 * cannot stand at its end, so that no text makes a search go back far: the time is linear in the text.
 */
const FORMS: readonly Form[] = [
  {
    kind: 'private key',
    holds: '-----BEGIN ',
    form: /-----BEGIN [A-Z ]{0,32}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----)[^]){0,16384}(?:-----END [A-Z ]{0,32}PRIVATE KEY(?: BLOCK)?-----)?/g,
  },
  {
    kind: 'key',
    form: /\b(?:sk-|hubadm_|xai-|gsk_|AIza|AKIA|hf_|nvapi-|gh[pousr]_|github_pat_|xox[abpr]-)[\w-]{8,}/g,
  },
  { kind: 'token', form: /\bbearer\s{1,8}[\w.~+/=-]{8,}/gi },
  { kind: 'token', holds: 'eyJ', form: /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{0,4096}/g },
  { kind: 'e-mail address', holds: '@', form: /[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}/gi },
  { kind: 'card number', form: /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g, isMeant: hasLuhnSum },
  { kind: 'phone number', form: /(?<![\w+])\+\d(?:[ ().-]{0,2}\d){7,14}(?!\d)/g },
  { kind: 'phone number', form: /(?<![\w-])\(?\d{2,4}\)?[ -]\d{3,4}[ -]\d{3,4}(?![\w-])/g },
];

/** A part of a text that is to be struck out. */
export type Finding = { readonly from: number; readonly to: number; readonly kind: RedactedKind };

/** Stands for what was found already, and belongs to no form. */
const TAKEN = '\0';

/** Where secrets stand, and what says who somebody is: in the order of the text, none within another. */
export function findPersonal(text: string): readonly Finding[] {
  const findings: Finding[] = [];
  let left = text;
  for (const { kind, form, holds, isMeant } of FORMS) {
    if (holds !== undefined && !left.includes(holds)) continue;
    left = left.replace(form, (found: string, from: number) => {
      if (isMeant?.(found) === false) return found;
      findings.push({ from, to: from + found.length, kind });
      return TAKEN.repeat(found.length);
    });
  }
  return findings.sort((a, b) => a.from - b.from);
}

/** Puts `[redacted: kind]` in the place of secrets and of what says who somebody is. */
export function redact(text: string): string {
  return strike([text], findPersonal(text)).join('');
}

/**
 * Strikes findings out of a text that came in pieces. What goes over the border of pieces is told where it begins, and is
 * gone from those that follow.
 */
export function strike(pieces: readonly string[], findings: readonly Finding[]): readonly string[] {
  if (findings.length === 0) return pieces;
  let start = 0;
  let next = 0;
  return pieces.map((piece) => {
    const end = start + piece.length;
    let kept = '';
    let at = start;
    for (let finding = findings[next]; finding !== undefined && finding.from < end; finding = findings[next]) {
      kept += piece.slice(at - start, Math.max(at, finding.from) - start);
      if (finding.from >= start) kept += `[redacted: ${finding.kind}]`;
      at = Math.min(finding.to, end);
      if (finding.to > end) break;
      next += 1;
    }
    kept += piece.slice(at - start);
    start = end;
    return kept;
  });
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
