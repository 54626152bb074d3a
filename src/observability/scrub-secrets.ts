/** Forms of secrets that other people's messages quote: the hub's keys, providers' keys, headers, user parts of URLs. */
const FORMS: readonly { readonly form: RegExp; readonly replacement: string }[] = [
  {
    form: /\b(sk-hub-|hubadm_|sk-ant-|sk-or-|sk-|xai-|gsk_|AIza|AKIA|hf_|nvapi-|ghp_)[A-Za-z0-9_-]{8,}/g,
    replacement: '$1…',
  },
  { form: /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, replacement: '$1 …' },
  { form: /([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:]{1,200}:[^\s/@]{1,200}@/gi, replacement: '$1…@' },
  { form: /([?&](?:key|api[_-]?key|token|secret|password|sig|signature)=)[^&\s"']+/gi, replacement: '$1…' },
];

const TEXT_CHARACTERS_MAX = 10_000;

/** Strikes out what looks like a secret. Bounded: a longer text is cut. */
export function scrubSecrets(text: string): string {
  let scrubbed = text.length > TEXT_CHARACTERS_MAX ? `${text.slice(0, TEXT_CHARACTERS_MAX)}…` : text;
  for (const { form, replacement } of FORMS) scrubbed = scrubbed.replace(form, replacement);
  return scrubbed;
}
