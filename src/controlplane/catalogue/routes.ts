import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../../kernel/errors.ts';
import { deleted, deletedSchema } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, route } from '../http.ts';
import { cutPage, pageOf } from '../paging.ts';
import type { CatalogueProvider } from '../services.ts';
import { seesCosts } from '../usage/costs.ts';
import {
  catalogueOriginSchema,
  differenceSchema,
  providerDetailSchema,
  providerParams,
  providerSchema,
  providersQuery,
  toCatalogueOrigin,
  toDifference,
  toProvider,
  toProviderDetail,
} from './schema.ts';

const TAGS = ['catalogue'];
const BASE = `${CONTROL_PREFIX}/catalogue`;
const ONE = `${BASE}/providers/:provider_id`;

/** `/catalogue`: providers that can be connected. */
export const catalogueRoutes: ControlRoutes = (app, services) => {
  const { catalogue } = services;
  // Whom the operator buys from is no business of who pays for calls.
  const isShown = (request: FastifyRequest, { isOperators }: CatalogueProvider): boolean =>
    isOperators !== true || seesCosts(request, services);
  app.get(
    `${BASE}/providers`,
    route('connections.read', {
      operationId: 'listProviders',
      summary: 'Lists the providers that the hub knows.',
      tags: TAGS,
      querystring: providersQuery,
      response: { 200: pageOf(providerSchema) },
    }),
    async (request) => {
      const { search } = request.query;
      const found = (await catalogue.list())
        .filter((provider) => isShown(request, provider))
        .filter((provider) => search === undefined || isAbout(provider, search));
      const page = cutPage(found, (provider) => provider.id, request.query);
      return { data: page.rows.map(toProvider), next_cursor: page.nextCursor };
    },
  );
  app.get(
    ONE,
    route('connections.read', {
      operationId: 'getProvider',
      summary: 'Shows one provider with its whole entry.',
      tags: TAGS,
      params: providerParams,
      response: { 200: providerDetailSchema },
    }),
    async (request) => {
      const provider = await catalogue.get(request.params.provider_id);
      if (provider === undefined || !isShown(request, provider)) throw new GatewayError('resource.not_found');
      return toProviderDetail(provider);
    },
  );
  app.delete(
    ONE,
    route('installation.write', {
      operationId: 'deleteProvider',
      summary: 'Takes back an applied entry; a built-in one of the same id is in force again.',
      tags: TAGS,
      params: providerParams,
      response: { 200: deletedSchema },
    }),
    async (request) => {
      await catalogue.remove(request.params.provider_id);
      return deleted(request.params.provider_id);
    },
  );
  app.post(
    `${BASE}/compare`,
    route('installation.write', {
      operationId: 'compareCatalogue',
      summary: 'Shows what a catalogue would change.',
      tags: TAGS,
      body: catalogueOriginSchema,
      response: { 200: differenceSchema },
    }),
    async (request) => toDifference(await catalogue.compare(toCatalogueOrigin(request.body))),
  );
  app.post(
    `${BASE}/apply`,
    route('installation.write', {
      operationId: 'applyCatalogue',
      summary: 'Applies a catalogue without a restart.',
      tags: TAGS,
      body: catalogueOriginSchema,
      response: { 200: differenceSchema },
    }),
    async (request) => toDifference(await catalogue.apply(toCatalogueOrigin(request.body))),
  );
};

function isAbout(provider: CatalogueProvider, search: string): boolean {
  const wanted = search.toLowerCase();
  return provider.id.toLowerCase().includes(wanted) || provider.name.toLowerCase().includes(wanted);
}
