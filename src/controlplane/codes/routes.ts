import { GatewayError } from '../../kernel/errors.ts';
import { actorIdOf } from '../actor-id.ts';
import { toCreditGrant } from '../credit/schema.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, route, tenantOf } from '../http.ts';
import { pageOf, pageQuerySchema, readPage } from '../paging.ts';
import {
  batchParams,
  batchSchema,
  codeSchema,
  madeBatchSchema,
  newBatchSchema,
  newRedemptionSchema,
  redeemedSchema,
  redemptionSchema,
  toBatch,
  toNewBatch,
  toRedemption,
} from './schema.ts';

const TAGS = ['credit'];
const BATCHES = `${CONTROL_PREFIX}/installation/credit/code-batches`;
const ONE = `${BATCHES}/:batch_id`;
const KIND = 'code_batch';

/** Redemption codes: an operator makes them in batches, an organization redeems them. */
export const codeRoutes: ControlRoutes = (app, services) => {
  readBatches(app, services);
  usesOfBatch(app, services);
  changeBatches(app, services);
  redeemCode(app, services);
};

const readBatches: ControlRoutes = (app, { redemptionCodes, now }) => {
  app.get(
    BATCHES,
    route('installation.read', {
      operationId: 'listCodeBatches',
      summary: 'Lists the batches of redemption codes, newest first, each with how often codes of it were redeemed.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(batchSchema) },
    }),
    async (request) => {
      const { rows, nextCursor } = await readPage(request.query, redemptionCodes.list);
      return { data: rows.map((row) => toBatch(row, now())), next_cursor: nextCursor };
    },
  );
  app.get(
    ONE,
    route('installation.read', {
      operationId: 'getCodeBatch',
      summary: 'Shows a batch of redemption codes.',
      tags: TAGS,
      params: batchParams,
      response: { 200: batchSchema },
    }),
    async (request) => toBatch(await redemptionCodes.get(request.params.batch_id), now()),
  );
};

const usesOfBatch: ControlRoutes = (app, { redemptionCodes }) => {
  app.get(
    `${ONE}/codes`,
    route('installation.read', {
      operationId: 'listCodes',
      summary: 'Lists the codes of a batch by their numbers, with how often each was redeemed.',
      tags: TAGS,
      params: batchParams,
      querystring: pageQuerySchema,
      response: { 200: pageOf(codeSchema) },
    }),
    async (request) => {
      const { id } = await redemptionCodes.get(request.params.batch_id);
      const { rows, nextCursor } = await readPage(request.query, async ({ limit, afterId }) => {
        const codes = await redemptionCodes.codes(id, { limit, afterNumber: numberOf(afterId) });
        return codes.map((code) => ({ ...code, id: String(code.number) }));
      });
      return { data: rows.map(({ number, uses }) => ({ number, uses })), next_cursor: nextCursor };
    },
  );
  app.get(
    `${ONE}/redemptions`,
    route('installation.read', {
      operationId: 'listRedemptions',
      summary: 'Lists who redeemed codes of a batch, newest first.',
      tags: TAGS,
      params: batchParams,
      querystring: pageQuerySchema,
      response: { 200: pageOf(redemptionSchema) },
    }),
    async (request) => {
      const { id } = await redemptionCodes.get(request.params.batch_id);
      const { rows, nextCursor } = await readPage(request.query, (page) => redemptionCodes.redemptions(id, page));
      return { data: rows.map(toRedemption), next_cursor: nextCursor };
    },
  );
};

const changeBatches: ControlRoutes = (app, { redemptionCodes, now }) => {
  app.post(
    BATCHES,
    route('installation_credit.write', {
      operationId: 'createCodeBatch',
      summary: 'Makes a batch of redemption codes and shows them, this once.',
      tags: TAGS,
      body: newBatchSchema,
      response: { 201: madeBatchSchema },
    }),
    async (request, reply) => {
      const made = await redemptionCodes.create(toNewBatch(request.body, actorIdOf(request)));
      const batch = toBatch({ ...made.batch, uses: 0 }, now());
      noteChange(request, { targetKind: KIND, targetId: batch.id, after: batch });
      return reply.code(201).send({ batch, codes: [...made.codes] });
    },
  );
  app.post(
    `${ONE}/withdraw`,
    route('installation_credit.write', {
      operationId: 'withdrawCodeBatch',
      summary: 'Ends a batch: no code of it is redeemed any more. What was given stays.',
      tags: TAGS,
      params: batchParams,
      response: { 200: batchSchema },
    }),
    async (request) => {
      const id = request.params.batch_id;
      const before = toBatch(await redemptionCodes.get(id), now());
      await redemptionCodes.withdraw(id);
      const after = toBatch(await redemptionCodes.get(id), now());
      noteChange(request, { targetKind: KIND, targetId: id, before, after });
      return after;
    },
  );
};

const redeemCode: ControlRoutes = (app, { redemptionCodes, clientAddress }) => {
  app.post(
    `${CONTROL_PREFIX}/credit/redemptions`,
    route('credit.buy', {
      operationId: 'redeemCode',
      summary: 'Gives the organization the credit of a code, once.',
      tags: TAGS,
      body: newRedemptionSchema,
      response: { 200: redeemedSchema, 201: redeemedSchema },
    }),
    async (request, reply) => {
      const { organizationId } = tenantOf(request);
      const by = { organizationId, actorId: actorIdOf(request), address: clientAddress(request.raw) };
      const { grant, isNew } = await redemptionCodes.redeem(request.body.code, by);
      const shown = toCreditGrant(grant);
      noteChange(request, { targetKind: 'grant', targetId: shown.id, after: shown });
      return reply.code(isNew ? 201 : 200).send({ grant: shown, redeemed_before: !isNew });
    },
  );
};

/** A cursor of codes is the number of the last one. @throws request.invalid */
function numberOf(cursor: string | undefined): number {
  const number = Number(cursor ?? 0);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new GatewayError('request.invalid', { param: 'cursor' });
}
