/** What the API says of an error, in its own words. */
export type ApiSaid = {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;
};

/** By code: what went wrong, or two sentences with a bar between them, and what to do. */
export type ApiErrors = Readonly<Record<string, readonly [says: string, remedy: string]>>;

/** What a language says for the API's errors. */
export type ApiWords = { readonly errors: ApiErrors; readonly sentences: Readonly<Record<string, string>> };

/** Codes that say nothing without the case that they are about: a sentence nobody knows is shown as it came. */
const ABOUT_A_CASE: ReadonlySet<string> = new Set(['request.invalid', 'resource.conflict']);

/** An error as it is told in a language; without words, or for a code that it has none for, as the API tells it. */
export function tellInWords(words: ApiWords | undefined, said: ApiSaid): Pick<ApiSaid, 'message' | 'remedy'> {
  const entry = words?.errors[said.code];
  if (words === undefined || entry === undefined) return said;
  const [says, remedy] = entry;
  const told = filled(says, said.details);
  return {
    message:
      sentenceFor(words.sentences, said.message, said.details) ??
      (ABOUT_A_CASE.has(said.code) ? `${told}（${said.message}）` : told),
    remedy: remedy === '' ? undefined : remedy,
  };
}

/** The sentence of a single case, with what stands in its places; `undefined` where the language has none for it. */
export function sentenceFor(
  sentences: ApiWords['sentences'],
  message: string,
  details: ApiSaid['details'] = {},
): string | undefined {
  // A message may begin with the field that it stands beside, and end with a full stop.
  const plain = message.replace(/^[A-Za-z_][\w.-]*: (?=[a-z`A-Z])/, '').replace(/\.$/, '');
  for (const text of [message.replace(/\.$/, ''), plain]) {
    const exact = Object.hasOwn(sentences, text) ? sentences[text] : undefined;
    if (exact !== undefined) return filled(exact, details);
  }
  for (const [form, says] of formsOf(sentences)) {
    const found = form.exec(plain);
    if (found === null) continue;
    const places = Object.entries(found.groups ?? {}).map(([name, text]) => [name.slice(1), text] as const);
    return filled(says, { ...details, ...Object.fromEntries(places) });
  }
  return undefined;
}

const FORMS = new WeakMap<ApiWords['sentences'], readonly (readonly [RegExp, string])[]>();

/** Sentences with places, those that say most first. */
function formsOf(sentences: ApiWords['sentences']): readonly (readonly [RegExp, string])[] {
  const known = FORMS.get(sentences);
  if (known !== undefined) return known;
  const forms = Object.entries(sentences)
    .filter(([form]) => form.includes('{{'))
    .toSorted(([a], [b]) => b.length - a.length)
    .map(([form, says]) => [patternOf(form), says] as const);
  FORMS.set(sentences, forms);
  return forms;
}

function patternOf(form: string): RegExp {
  const parts = form.split(/\{\{(\d)\}\}/);
  const pattern = parts.map((part, index) =>
    index % 2 === 1 ? `(?<p${part}>.*)` : part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`),
  );
  return new RegExp(`^${pattern.join('')}$`, 's');
}

/** The first of the sentences whose every name is among the details. */
function filled(says: string, details: ApiSaid['details']): string {
  const sentences = says.split('|');
  const fits = sentences.find((sentence) =>
    [...sentence.matchAll(/\{\{(\w+)\}\}/g)].every(([, name = '']) => textOf(details[name]) !== undefined),
  );
  const chosen = fits ?? sentences.at(-1) ?? '';
  return chosen.replaceAll(/\{\{(\w+)\}\}/g, (_all, name: string) => textOf(details[name]) ?? '');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
