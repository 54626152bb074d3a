import { GatewayError } from '../kernel/errors.ts';
import { compareOffers, hiddenOffer, type LocalWords, type ModelOffer } from '../protocol/model-offer.ts';
import type { Operation } from '../protocol/operation.ts';
import type { ModelOfferStore } from './ports.ts';

/** Where a model is served, and whether calls of it there have a price. */
export type OfferPlace = {
  readonly connection: string;
  readonly providerId: string;
  readonly upstreamModel: string;
  /** The model that it is, whatever the provider calls it. */
  readonly model: string;
  readonly isPriced: boolean;
};

/** A name that customers could be offered. */
export type Offerable = {
  readonly name: string;
  /** What an alias stands for; `undefined` for a model’s own name. */
  readonly target: string | undefined;
  /** What its provider says it is called. */
  readonly displayName: string | undefined;
  readonly operations: readonly Operation[];
  /** In the order in which they are tried. */
  readonly places: readonly OfferPlace[];
};

/**
 * Why customers would not have it though it were published: somewhere it has no price, what the alias stands for is
 * hidden, or nothing serves it.
 */
export const OFFER_OBSTACLES = ['no_price', 'target_hidden', 'not_served'] as const;
export type OfferObstacle = (typeof OFFER_OBSTACLES)[number];

/** An offer with all that is known of it. */
export type ListedOffer = {
  readonly offer: ModelOffer;
  readonly offerable: Offerable;
  readonly obstacle: OfferObstacle | undefined;
};

/** What one may change of an offer; the words of a language that is missing stay, `null` takes them away. */
export type OfferChange = {
  readonly name: string;
  readonly published?: boolean | undefined;
  readonly displayName?: WordsChange | undefined;
  readonly description?: WordsChange | undefined;
};
export type WordsChange = { readonly [Language in keyof LocalWords]?: string | null | undefined };

/** What customers are offered, as its operator sees and changes it. */
export type OfferService = {
  /** Every name that there is, in the order in which customers see those that are published. */
  readonly list: () => Promise<readonly ListedOffer[]>;
  /**
   * Makes all changes or none, and gives the offers as they are then.
   * @throws GatewayError `resource.not_found`; `offer.not_publishable` for one that customers could not call
   */
  readonly change: (changes: readonly OfferChange[]) => Promise<readonly ListedOffer[]>;
  /** Gives the names this order; all others follow by name. @throws GatewayError `resource.not_found` */
  readonly order: (names: readonly string[]) => Promise<void>;
};

export type OfferServiceDeps = {
  readonly store: ModelOfferStore;
  /** Every name that the operator’s own connections serve now. */
  readonly offerables: () => readonly Offerable[];
};

export function createOfferService({ store, offerables }: OfferServiceDeps): OfferService {
  const list = async (): Promise<readonly ListedOffer[]> => listedOf(offerables(), await store.list());
  return {
    list,
    change: async (changes) => {
      const found = offerables();
      const before = new Map(listedOf(found, await store.list()).map((each) => [each.offer.name, each]));
      const changed = joined(changes).map((change) => {
        const known = before.get(change.name);
        if (known === undefined) throw noSuchOffer(change.name);
        return { change, offer: changedBy(known.offer, change) };
      });
      const after = listedOf(found, [
        ...[...before.values()]
          .map(({ offer }) => offer)
          .filter(({ name }) => changed.every(({ offer }) => offer.name !== name)),
        ...changed.map(({ offer }) => offer),
      ]);
      const names = new Set(changed.map(({ offer }) => offer.name));
      const shown = after.filter(({ offer }) => names.has(offer.name));
      assertPublishable(
        shown.filter(({ offer }) => offer.published && before.get(offer.name)?.offer.published !== true),
      );
      await store.change(
        changed.map(({ change, offer }) => ({
          name: offer.name,
          ...(change.published === undefined ? {} : { published: offer.published }),
          ...(change.displayName === undefined ? {} : { displayName: offer.displayName }),
          ...(change.description === undefined ? {} : { description: offer.description }),
        })),
      );
      return shown;
    },
    order: async (names) => {
      const known = new Set((await list()).map(({ offer }) => offer.name));
      for (const name of names) if (!known.has(name)) throw noSuchOffer(name);
      await store.order([...new Set(names)]);
    },
  };
}

/** What is there, with what was said of it; what was said of a name that is gone shows as long as it is published. */
function listedOf(offerables: readonly Offerable[], offers: readonly ModelOffer[]): readonly ListedOffer[] {
  const said = new Map(offers.map((offer) => [offer.name, offer]));
  const isPublished = (name: string): boolean => said.get(name)?.published === true;
  const there = new Set(offerables.map(({ name }) => name));
  const gone = offers
    .filter(({ name, published }) => published && !there.has(name))
    .map(({ name }) => ({ name, target: undefined, displayName: undefined, operations: [], places: [] }));
  return [...offerables, ...gone]
    .map((offerable) => ({
      offer: said.get(offerable.name) ?? hiddenOffer(offerable.name),
      offerable,
      obstacle: obstacleOf(offerable, isPublished),
    }))
    .toSorted((a, b) => compareOffers(a.offer, b.offer));
}

function obstacleOf({ target, places }: Offerable, isPublished: (name: string) => boolean): OfferObstacle | undefined {
  if (places.length === 0) return 'not_served';
  const offered = target === undefined ? places : places.filter(({ model }) => isPublished(model));
  if (offered.length === 0) return 'target_hidden';
  // Wherever a call may go it has to have a price: without one it is refused there.
  return offered.every(({ isPriced }) => isPriced) ? undefined : 'no_price';
}

/** Of several changes of one name, the later say what the earlier do not. */
function joined(changes: readonly OfferChange[]): readonly OfferChange[] {
  const byName = new Map<string, OfferChange>();
  for (const change of changes) {
    const said = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    byName.set(change.name, { ...byName.get(change.name), ...said, name: change.name });
  }
  return [...byName.values()];
}

function changedBy(offer: ModelOffer, { published, displayName, description }: OfferChange): ModelOffer {
  return {
    ...offer,
    published: published ?? offer.published,
    displayName: wordsAfter(offer.displayName, displayName),
    description: wordsAfter(offer.description, description),
  };
}

function wordsAfter(present: LocalWords, change: WordsChange = {}): LocalWords {
  const word = (language: keyof LocalWords): string | undefined => {
    const given = change[language];
    return given === undefined ? present[language] : (given ?? undefined);
  };
  return { en: word('en'), 'zh-TW': word('zh-TW') };
}

function assertPublishable(wanted: readonly ListedOffer[]): void {
  const refused = wanted.filter(({ obstacle }) => obstacle !== undefined);
  const [first] = refused;
  if (first === undefined) return;
  throw new GatewayError('offer.not_publishable', {
    details: { offers: refused.slice(0, NAMES_TOLD).map(({ offer, obstacle }) => ({ name: offer.name, obstacle })) },
  });
}

/** Offers that a refusal names; who sends hundreds is told of the first. */
const NAMES_TOLD = 50;

function noSuchOffer(name: string): GatewayError {
  return new GatewayError('resource.not_found', { message: `No connection serves \`${name.slice(0, 256)}\`.` });
}
