import type { ListedOffer } from '../../offers/offer-service.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, route } from '../http.ts';
import { cutPage } from '../paging.ts';
import {
  changedOffersSchema,
  modelOffersQuery,
  modelOffersSchema,
  type OFFER_STATES,
  offerChangesSchema,
  offerOrderSchema,
  toModelOffer,
  toOfferChanges,
} from './schema.ts';

const TAGS = ['offers'];
const OFFERS = `${CONTROL_PREFIX}/installation/offers`;

/** `/installation/offers`: what customers see of the models, where calls are paid for with credit. */
export const offerRoutes: ControlRoutes = (app, services) => {
  lists(app, services);
  changes(app, services);
};

const IS_IN: Readonly<Record<(typeof OFFER_STATES)[number], (listed: ListedOffer) => boolean>> = {
  published: ({ offer }) => offer.published,
  hidden: ({ offer }) => !offer.published,
  unpublishable: ({ obstacle }) => obstacle !== undefined,
};

const lists: ControlRoutes = (app, { offers, credit }) => {
  app.get(
    OFFERS,
    route('installation.read', {
      operationId: 'listModelOffers',
      summary: 'Lists every model and alias with what customers see of it, in the order in which they see it.',
      tags: TAGS,
      querystring: modelOffersQuery,
      response: { 200: modelOffersSchema },
    }),
    async (request) => {
      const { search, state } = request.query;
      const found = (await offers.list()).filter((listed) => isNamed(listed, search?.toLowerCase()));
      const shown = state === undefined ? found : found.filter(IS_IN[state]);
      const page = cutPage(shown, ({ offer }) => offer.name, request.query);
      const count = (wanted: (typeof OFFER_STATES)[number]): number => found.filter(IS_IN[wanted]).length;
      return {
        data: page.rows.map(toModelOffer),
        next_cursor: page.nextCursor,
        in_force: credit.charging() !== undefined,
        counts: {
          all: found.length,
          published: count('published'),
          hidden: count('hidden'),
          unpublishable: count('unpublishable'),
        },
      };
    },
  );
};

function isNamed({ offer, offerable }: ListedOffer, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  const { name, displayName } = offer;
  return [name, displayName.en, displayName['zh-TW'], offerable.displayName].some(
    (text) => text?.toLowerCase().includes(wanted) === true,
  );
}

const changes: ControlRoutes = (app, { offers }) => {
  app.patch(
    OFFERS,
    route('installation.write', {
      operationId: 'changeModelOffers',
      summary: 'Publishes, hides and describes models for customers: all that is asked, or nothing.',
      tags: TAGS,
      body: offerChangesSchema,
      response: { 200: changedOffersSchema },
    }),
    async (request) => {
      const data = (await offers.change(toOfferChanges(request.body))).map(toModelOffer);
      noteChange(request, {
        targetKind: 'offers',
        targetId: data[0]?.name ?? 'none',
        after: {
          offers: data.map(({ name, published, display_name, description }) => ({
            name,
            published,
            display_name,
            description,
          })),
        },
      });
      return { data };
    },
  );
  app.put(
    `${OFFERS}/order`,
    route('installation.write', {
      operationId: 'orderModelOffers',
      summary: 'Sets the order in which customers see what is published.',
      tags: TAGS,
      body: offerOrderSchema,
      response: { 200: offerOrderSchema },
    }),
    async (request) => {
      const { names } = request.body;
      await offers.order(names);
      noteChange(request, { targetKind: 'offers', targetId: 'order', after: { names } });
      return { names };
    },
  );
};
