import { z } from 'zod';
import { GatewayError } from '../../kernel/errors.ts';
import { formatCredits } from '../../kernel/money.ts';
import type { AccountId } from '../../protocol/ledger.ts';
import { actorIdOf } from '../actor-id.ts';
import { sendExport } from '../exports.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, noteChange, route, tenantOf } from '../http.ts';
import { pageOf, pageQuerySchema, readPage } from '../paging.ts';
import { brokenStreamRoutes } from './broken-stream-routes.ts';
import { chargingRoutes } from './charging-routes.ts';
import { revenueRoutes } from './revenue-routes.ts';
import {
  anyAccountSchema,
  anyAccountsQuery,
  chargeParams,
  chargeReviewSchema,
  chargeToReviewSchema,
  chargeWithEntriesSchema,
  creditAccountSchema,
  creditEntriesExportQuery,
  creditEntriesQuery,
  creditEntrySchema,
  creditGrantSchema,
  creditHoldSchema,
  creditQuery,
  ENTRY_COLUMNS,
  ledgerVerdictSchema,
  ledgerVerifyQuery,
  newGrantSchema,
  newReviewSchema,
  refundedSchema,
  refundSchema,
  reviewQuery,
  toAccountId,
  toAnyAccount,
  toChargeReview,
  toChargeToReview,
  toChargeWithEntries,
  toCreditAccount,
  toCreditEntry,
  toCreditGrant,
  toCreditHold,
  toEntryFilter,
  toLedgerVerdict,
  toNewGrant,
  toRefund,
  toReviewFilter,
  toWithdrawal,
  withdrawalSchema,
  withdrawnSchema,
} from './schema.ts';
import { starterRoutes } from './starter-routes.ts';

const TAGS = ['credit'];
const EXPORT_PAGE = 500;
const CREDIT = `${CONTROL_PREFIX}/credit`;
const INSTALLATION = `${CONTROL_PREFIX}/installation`;

/** `/credit`: what an organization has and has paid; under `/installation`, what the operator gives, takes and checks. */
export const creditRoutes: ControlRoutes = (app, services) => {
  ofOneself(app, services);
  accountsAndGrants(app, services);
  movements(app, services);
  statement(app, services);
  giveAndTake(app, services);
  ofAllOrganizations(app, services);
  starterRoutes(app, services);
  refundsAndReview(app, services);
  revenueRoutes(app, services);
  proof(app, services);
  brokenStreamRoutes(app, services);
  chargingRoutes(app, services);
};

const accountsAndGrants: ControlRoutes = (app, { credit }) => {
  app.get(
    `${CREDIT}/accounts`,
    route('credit.read', {
      operationId: 'listCreditAccounts',
      summary: 'Lists the accounts of credit in the organization, each with what it has.',
      tags: TAGS,
      querystring: creditQuery,
      response: { 200: pageOf(creditAccountSchema) },
    }),
    async (request) => {
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        credit.read.accounts(tenantOf(request), filterOf(request.query), page),
      );
      return { data: rows.map(toCreditAccount), next_cursor: nextCursor };
    },
  );
  app.get(
    `${CREDIT}/grants`,
    route('credit.read', {
      operationId: 'listCreditGrants',
      summary: 'Lists what the accounts were given and what is left of it, newest first.',
      tags: TAGS,
      querystring: creditQuery,
      response: { 200: pageOf(creditGrantSchema) },
    }),
    async (request) => {
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        credit.read.grants(tenantOf(request), filterOf(request.query), page),
      );
      return { data: rows.map(toCreditGrant), next_cursor: nextCursor };
    },
  );
};

/** What the caller may still use, who need not see what others may. */
const ofOneself: ControlRoutes = (app, { credit }) => {
  app.get(
    `${CREDIT}/mine`,
    route('usage.read', {
      operationId: 'listMyCreditAccounts',
      summary:
        'Lists accounts that the caller’s own calls pay from: their own, and the organization’s for who may see that.',
      tags: TAGS,
      response: { 200: z.strictObject({ data: z.array(creditAccountSchema) }) },
    }),
    async (request) => {
      const { tenant, memberId, permissions } = accessOf(request);
      const ids: readonly AccountId[] = [
        ...(permissions.has('credit.read') ? ([`organization/${tenant.organizationId}`] as const) : []),
        ...(memberId === undefined ? [] : ([`member/${memberId}`] as const)),
      ];
      const first = { limit: 1, afterId: undefined };
      const found = await Promise.all(ids.map((accountId) => credit.read.accounts(tenant, { accountId }, first)));
      return { data: found.flat().map(toCreditAccount) };
    },
  );
};

const statement: ControlRoutes = (app, { credit }) => {
  app.get(
    `${CREDIT}/entries`,
    route('credit.read', {
      operationId: 'listCreditEntries',
      summary: 'Lists every movement of credit, newest first.',
      tags: TAGS,
      querystring: creditEntriesQuery,
      response: { 200: pageOf(creditEntrySchema) },
    }),
    async (request) => {
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        credit.read.entries(tenantOf(request), toEntryFilter(request.query), page),
      );
      return { data: rows.map(toCreditEntry), next_cursor: nextCursor };
    },
  );
  app.get(
    `${CREDIT}/entries/export`,
    route('credit.read', {
      operationId: 'exportCreditEntries',
      summary: 'Streams movements of credit of any number as a file, newest first.',
      tags: TAGS,
      querystring: creditEntriesExportQuery,
      response: { 200: z.any() },
    }),
    async (request, reply) => {
      const { format, ...filter } = request.query;
      const tenant = tenantOf(request);
      return sendExport<ReturnType<typeof toCreditEntry>>(reply, {
        name: 'credit',
        format,
        columns: ENTRY_COLUMNS,
        cellsOf: (entry) => ENTRY_COLUMNS.map((column) => entry[column]),
        pageAfter: async (last) => {
          const page = { limit: EXPORT_PAGE, afterId: last?.id };
          return (await credit.read.entries(tenant, toEntryFilter(filter), page)).map(toCreditEntry);
        },
      });
    },
  );
};

const movements: ControlRoutes = (app, { credit }) => {
  app.get(
    `${CREDIT}/holds`,
    route('credit.read', {
      operationId: 'listCreditHolds',
      summary: 'Lists what calls hold that are under way, newest first.',
      tags: TAGS,
      querystring: creditQuery,
      response: { 200: pageOf(creditHoldSchema) },
    }),
    async (request) => {
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        credit.read.holds(tenantOf(request), filterOf(request.query), page),
      );
      return { data: rows.map(toCreditHold), next_cursor: nextCursor };
    },
  );
  app.get(
    `${CREDIT}/charges/:charge_id`,
    route('credit.read', {
      operationId: 'getCreditCharge',
      summary: 'Shows what a call was charged, with every entry that belongs to it.',
      tags: TAGS,
      params: chargeParams,
      response: { 200: chargeWithEntriesSchema },
    }),
    async (request) => {
      const found = await credit.read.charge(tenantOf(request), request.params.charge_id);
      if (found === undefined) throw new GatewayError('resource.not_found');
      return toChargeWithEntries(found);
    },
  );
};

const giveAndTake: ControlRoutes = (app, { credit }) => {
  app.post(
    `${INSTALLATION}/credit/grants`,
    route('installation_credit.write', {
      operationId: 'giveCredit',
      summary: 'Gives an account credit.',
      tags: TAGS,
      body: newGrantSchema,
      response: { 201: creditGrantSchema },
    }),
    async (request, reply) => {
      const shown = toCreditGrant(await credit.give(toNewGrant(request.body, actorIdOf(request))));
      noteChange(request, { targetKind: 'grant', targetId: shown.id, after: shown });
      return reply.code(201).send(shown);
    },
  );
  app.post(
    `${INSTALLATION}/credit/withdrawals`,
    route('installation_credit.write', {
      operationId: 'withdrawCredit',
      summary: 'Takes credit away from an account that no call holds.',
      tags: TAGS,
      body: withdrawalSchema,
      response: { 201: withdrawnSchema },
    }),
    async (request, reply) => {
      const wanted = toWithdrawal(request.body, actorIdOf(request));
      const { id, organizationId, accountId } = await credit.withdraw(wanted);
      const amount = formatCredits(wanted.amountNano);
      const { reason } = request.body;
      const shown = { id, organization_id: organizationId, account_id: accountId, amount, reason };
      noteChange(request, { targetKind: 'withdrawal', targetId: id, after: shown });
      return reply.code(201).send(shown);
    },
  );
};

const ofAllOrganizations: ControlRoutes = (app, { credit }) => {
  app.get(
    `${INSTALLATION}/credit/accounts`,
    route('installation.read', {
      operationId: 'listAllCreditAccounts',
      summary: 'Lists the accounts of all organizations, those with the least to be had first.',
      tags: TAGS,
      querystring: anyAccountsQuery,
      response: { 200: pageOf(anyAccountSchema) },
    }),
    async (request) => {
      const { text } = request.query;
      const { rows, nextCursor } = await readPage(request.query, (page) => credit.read.anyAccounts({ text }, page));
      return { data: rows.map(toAnyAccount), next_cursor: nextCursor };
    },
  );
  app.get(
    `${INSTALLATION}/credit/holds`,
    route('installation.read', {
      operationId: 'listAllCreditHolds',
      summary: 'Lists what calls of all organizations hold that are under way, the oldest first.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(creditHoldSchema) },
    }),
    async (request) => {
      const { rows, nextCursor } = await readPage(request.query, credit.read.anyHolds);
      return { data: rows.map(toCreditHold), next_cursor: nextCursor };
    },
  );
};

const refundsAndReview: ControlRoutes = (app, { credit }) => {
  app.post(
    `${INSTALLATION}/credit/refunds`,
    route('installation_credit.write', {
      operationId: 'refundCharge',
      summary: 'Gives back what a charge took, or a part of it.',
      tags: TAGS,
      body: refundSchema,
      response: { 201: refundedSchema },
    }),
    async (request, reply) => {
      const wanted = toRefund(request.body, actorIdOf(request));
      const { id, charge } = await credit.refund(wanted);
      const amount = formatCredits(wanted.amountNano);
      const { reason } = request.body;
      const shown = { id, organization_id: charge.organizationId, charge_id: charge.id, amount, reason };
      noteChange(request, { targetKind: 'refund', targetId: id, after: shown });
      return reply.code(201).send(shown);
    },
  );
  app.get(
    `${INSTALLATION}/credit/review`,
    route('installation.read', {
      operationId: 'listChargesToReview',
      summary:
        'Lists charges of all organizations that no provider’s report stands behind, or that used more than was held, newest first.',
      tags: TAGS,
      querystring: reviewQuery,
      response: { 200: pageOf(chargeToReviewSchema) },
    }),
    async (request) => {
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        credit.read.toReview(toReviewFilter(request.query), page),
      );
      return { data: rows.map(toChargeToReview), next_cursor: nextCursor };
    },
  );
  app.post(
    `${INSTALLATION}/credit/reviews`,
    route('installation_credit.write', {
      operationId: 'reviewCharge',
      summary: 'Notes that somebody has looked at a charge, which stays as it is.',
      tags: TAGS,
      body: newReviewSchema,
      response: { 201: chargeReviewSchema },
    }),
    async (request, reply) => {
      const { charge_id: chargeId, note } = request.body;
      const shown = toChargeReview(await credit.review({ chargeId, note, actorId: actorIdOf(request) }));
      noteChange(request, { targetKind: 'charge', targetId: chargeId, after: shown });
      return reply.code(201).send(shown);
    },
  );
};

const proof: ControlRoutes = (app, { credit }) => {
  app.get(
    `${INSTALLATION}/ledger/verify`,
    route('installation.read', {
      operationId: 'verifyLedger',
      summary: 'Proves every balance and charge from its entries, and every entry from the chain of seals.',
      tags: TAGS,
      querystring: ledgerVerifyQuery,
      response: { 200: ledgerVerdictSchema },
    }),
    async (request) => toLedgerVerdict(await credit.verify(request.query.noted)),
  );
};

function filterOf({ account_id }: { readonly account_id?: string | undefined }) {
  return { accountId: toAccountId(account_id) };
}
