import { z } from 'zod';
import type { StarterCreditStore } from '../../identity/ports.ts';
import { formatCredits } from '../../kernel/money.ts';
import { STARTER_REFUSALS, STARTER_STATES } from '../../protocol/starter-credits.ts';
import { timeField, toTime, toTimeOrUndefined } from '../fields.ts';
import { CONTROL_PREFIX, type ControlRoutes, route } from '../http.ts';
import { pageOf, pageQuery, readPage } from '../paging.ts';

const TAGS = ['credit'];

const startersQuery = z.strictObject({ ...pageQuery, state: z.enum(STARTER_STATES).optional() });

const starterCreditSchema = z.strictObject({
  id: z.string().describe('That of the grant, once it is given.'),
  organization_id: z.string(),
  organization_name: z.string(),
  state: z.enum(STARTER_STATES).describe('`waiting`: it is being given.'),
  refusal: z
    .enum(STARTER_REFUSALS)
    .optional()
    .describe(
      'Why the person got none: they `had_before`, the `day_is_full`, `too_many_from_there` came that day, or their mail `domain` is refused.',
    ),
  amount: z.string().describe('Credits, as decimal text.'),
  expires_at: timeField.optional(),
  created_at: timeField,
});

type Listed = Awaited<ReturnType<StarterCreditStore['list']>>[number];

/** `/installation/credit/starters`: what people were given to begin with who signed up. */
export const starterRoutes: ControlRoutes = (app, { credit }) => {
  app.get(
    `${CONTROL_PREFIX}/installation/credit/starters`,
    route('installation.read', {
      operationId: 'listStarterCredits',
      summary: 'Lists what people who signed up were given to begin with, or why they were not, newest first.',
      tags: TAGS,
      querystring: startersQuery,
      response: { 200: pageOf(starterCreditSchema) },
    }),
    async (request) => {
      const { state } = request.query;
      const { rows, nextCursor } = await readPage(request.query, (page) => credit.starters({ state }, page));
      return { data: rows.map(toStarterCredit), next_cursor: nextCursor };
    },
  );
};

function toStarterCredit(row: Listed): z.output<typeof starterCreditSchema> {
  return {
    id: row.id,
    organization_id: row.organizationId,
    organization_name: row.organizationName,
    state: row.state,
    refusal: row.refusal,
    amount: formatCredits(row.amountNano),
    expires_at: toTimeOrUndefined(row.expiresAt),
    created_at: toTime(row.createdAt),
  };
}
