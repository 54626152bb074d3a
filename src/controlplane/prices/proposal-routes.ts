import { CONTROL_PREFIX, type ControlRoutes, noteChange, route } from '../http.ts';
import { cutPage, pageOf } from '../paging.ts';
import {
  decidedSchema,
  decisionsSchema,
  priceRefreshSchema,
  proposalSchema,
  proposalsQuery,
  toProposal,
} from './proposal-schema.ts';

const TAGS = ['prices'];
const CHARGED = `${CONTROL_PREFIX}/installation/prices`;
const PROPOSALS = `${CHARGED}/proposals`;

/** `/installation/prices/proposals`: what a catalogue says that models cost, where another price is in force. */
export const priceProposalRoutes: ControlRoutes = (app, { priceProposals }) => {
  app.get(
    PROPOSALS,
    route('installation.read', {
      operationId: 'listPriceProposals',
      summary: 'Lists prices that a catalogue says otherwise than those in force.',
      tags: TAGS,
      querystring: proposalsQuery,
      response: { 200: pageOf(proposalSchema) },
    }),
    async (request) => {
      const isDismissed = request.query.dismissed === 'true';
      const found = (await priceProposals.list()).filter(
        ({ proposal }) => (proposal.dismissedAt !== undefined) === isDismissed,
      );
      const page = cutPage(found, ({ proposal }) => proposal.id, request.query);
      return { data: page.rows.map(toProposal), next_cursor: page.nextCursor };
    },
  );
  app.post(
    `${PROPOSALS}/decisions`,
    route('installation.write', {
      operationId: 'decidePriceProposals',
      summary: 'Brings proposed prices into force from now on, or leaves the prices as they are.',
      tags: TAGS,
      body: decisionsSchema,
      response: { 200: decidedSchema },
    }),
    async (request) => {
      const { ids, decision, reason } = request.body;
      const found = (await priceProposals.list()).filter(({ proposal }) => ids.includes(proposal.id));
      const decided = found.map(toProposal);
      const note = { targetKind: 'price_proposals', targetId: ids[0] ?? 'none' } as const;
      noteChange(request, { ...note, before: { decided }, after: { decision, reason } });
      if (decision === 'approve') await priceProposals.approve(ids);
      else await priceProposals.dismiss(ids);
      return { decided: decided.length };
    },
  );
  app.post(
    `${CHARGED}/refresh`,
    route('installation.write', {
      operationId: 'refreshPrices',
      summary: 'Looks now at what the catalogue says that models cost.',
      tags: TAGS,
      response: { 200: priceRefreshSchema },
    }),
    async (request) => {
      const found = await priceProposals.refresh();
      noteChange(request, { targetKind: 'price_catalogue', targetId: 'price_catalogue', after: { ...found } });
      return found;
    },
  );
};
