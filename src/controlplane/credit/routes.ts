import { GatewayError } from '../../kernel/errors.ts';
import { formatCredits } from '../../kernel/money.ts';
import { actorIdOf } from '../actor-id.ts';
import { CONTROL_PREFIX, type ControlRoutes, noteChange, route, tenantOf } from '../http.ts';
import { pageOf, pageQuerySchema, readPage } from '../paging.ts';
import {
  chargeParams,
  chargeWithEntriesSchema,
  creditAccountSchema,
  creditChargeSchema,
  creditEntrySchema,
  creditGrantSchema,
  creditHoldSchema,
  creditQuery,
  ledgerVerdictSchema,
  ledgerVerifyQuery,
  newGrantSchema,
  refundedSchema,
  refundSchema,
  toAccountId,
  toChargeWithEntries,
  toCreditAccount,
  toCreditCharge,
  toCreditEntry,
  toCreditGrant,
  toCreditHold,
  toLedgerVerdict,
  toNewGrant,
  toRefund,
  toWithdrawal,
  withdrawalSchema,
  withdrawnSchema,
} from './schema.ts';

const TAGS = ['credit'];
const CREDIT = `${CONTROL_PREFIX}/credit`;
const INSTALLATION = `${CONTROL_PREFIX}/installation`;

/** `/credit`: what an organization has and has paid; under `/installation`, what the operator gives, takes and checks. */
export const creditRoutes: ControlRoutes = (app, services) => {
  accountsAndGrants(app, services);
  movements(app, services);
  giveAndTake(app, services);
  refundsAndReview(app, services);
  proof(app, services);
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

const movements: ControlRoutes = (app, { credit }) => {
  app.get(
    `${CREDIT}/entries`,
    route('credit.read', {
      operationId: 'listCreditEntries',
      summary: 'Lists every movement of credit, newest first.',
      tags: TAGS,
      querystring: creditQuery,
      response: { 200: pageOf(creditEntrySchema) },
    }),
    async (request) => {
      const { rows, nextCursor } = await readPage(request.query, (page) =>
        credit.read.entries(tenantOf(request), filterOf(request.query), page),
      );
      return { data: rows.map(toCreditEntry), next_cursor: nextCursor };
    },
  );
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
      summary: 'Lists charges of all organizations that no provider’s report stands behind, newest first.',
      tags: TAGS,
      querystring: pageQuerySchema,
      response: { 200: pageOf(creditChargeSchema) },
    }),
    async (request) => {
      const { rows, nextCursor } = await readPage(request.query, credit.read.toReview);
      return { data: rows.map(toCreditCharge), next_cursor: nextCursor };
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
