/** Words that people read, in the languages that the hub speaks; `undefined` where nobody wrote any. */
export type LocalWords = { readonly en: string | undefined; readonly 'zh-TW': string | undefined };

export const NO_WORDS: LocalWords = { en: undefined, 'zh-TW': undefined };

/** What customers of a hub that charges see of a model, by the name that they call it by: a canonical model’s or an alias’s. */
export type ModelOffer = {
  readonly name: string;
  /** Whether it is there for them at all. */
  readonly published: boolean;
  readonly displayName: LocalWords;
  readonly description: LocalWords;
  /** Its place in their lists, the lowest first; what has none follows by name. */
  readonly position: number | undefined;
};

/** A model of which nobody has said anything yet. */
export function hiddenOffer(name: string): ModelOffer {
  return { name, published: false, displayName: NO_WORDS, description: NO_WORDS, position: undefined };
}

/** What customers are offered, by name, in the order in which they see it. */
export type PublishedOffers = ReadonlyMap<string, ModelOffer>;

export function publishedOf(offers: readonly ModelOffer[]): PublishedOffers {
  const published = offers.filter((offer) => offer.published).toSorted(compareOffers);
  return new Map(published.map((offer) => [offer.name, offer]));
}

type Placed = Pick<ModelOffer, 'name' | 'position'>;

export function compareOffers(a: Placed, b: Placed): number {
  const [first, second] = [a.position ?? Number.POSITIVE_INFINITY, b.position ?? Number.POSITIVE_INFINITY];
  if (first !== second) return first < second ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** The words for who reads that language. */
export function wordsFor(words: LocalWords | undefined, language: keyof LocalWords): string | undefined {
  return words?.[language] ?? anyWords(words);
}

/** The words for who does not say which language, or whose language has none. */
export function anyWords(words: LocalWords | undefined): string | undefined {
  return words?.en ?? words?.['zh-TW'];
}
