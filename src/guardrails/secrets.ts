import type { SecretKind } from '../protocol/guardrails.ts';
import { type Finder, finderOf, HELD_CHARS_MAX } from './finding.ts';

/** What each kind of secret looks like. Nothing before it may be a part of the same word. */
const SHAPES: Readonly<Record<SecretKind, RegExp>> = {
  openai_key: /(?<![A-Za-z0-9_-])sk-(?!ant-|hub-)(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,200}/g,
  anthropic_key: /(?<![A-Za-z0-9_-])sk-ant-[A-Za-z0-9_-]{20,200}/g,
  aws_key: /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])/g,
  github_token: /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9_]{40,244})/g,
  google_key: /(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g,
  slack_token: /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,250}/g,
  stripe_key: /(?<![A-Za-z0-9_])[rs]k_live_[A-Za-z0-9]{16,247}/g,
  private_key:
    /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----[^-]{16,16000}-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g,
  jwt: /(?<![A-Za-z0-9_.-])eyJ[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{10,4000}/g,
  hub_key: /(?<![A-Za-z0-9_-])(?:sk-hub-|hubadm_)[A-Za-z0-9_-]{20,200}/g,
};

/** The beginnings of those that may be longer than what is held back of a stream. */
const OPEN: Readonly<Partial<Record<SecretKind, { readonly mark: string; readonly still: RegExp }>>> = {
  private_key: {
    mark: '-----BEGIN ',
    still:
      /^-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----[^-]*(?:-----(?:E(?:N(?:D(?: [A-Z0-9 ]*-{0,4})?)?)?)?|-{1,4})?$/,
  },
  jwt: { mark: 'eyJ', still: /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){0,2}$/ },
};

/** Looks for one kind of secret. */
export function secretFinder(kind: SecretKind): Finder {
  const finder = finderOf(new RegExp(SHAPES[kind]), () => kind);
  const open = OPEN[kind];
  return open === undefined ? finder : { ...finder, openFrom: (text) => openFrom(text, open) };
}

function openFrom(
  text: string,
  { mark, still }: { readonly mark: string; readonly still: RegExp },
): number | undefined {
  const tail = text.length - HELD_CHARS_MAX;
  for (let at = text.indexOf(mark, Math.max(0, tail)); at >= 0; at = text.indexOf(mark, at + mark.length)) {
    if (still.test(text.slice(at))) return at;
  }
  return undefined;
}
