import type { StatementServices } from '../controlplane/statements/statement-services.ts';
import { createStatements } from '../ledger/statements.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import type { Core } from './core.ts';
import { modelIn, versionsIn } from './price-terms.ts';

/** Joins statements and credit notes to the store. */
export function statementServices({ store, snapshot }: Pick<Core, 'store' | 'snapshot'>): StatementServices {
  return {
    ...createStatements({
      store: store.statements,
      // What was agreed with a charge stays for good; the call's own record does not.
      modelOf: async (terms, { organizationId }) => {
        const { cardId } = versionsIn(terms);
        const model = modelIn(terms) ?? (cardId === undefined ? undefined : (await store.rateCards.get(cardId))?.model);
        // By whichever name the operator buys it, customers know it by the one under which it is sold.
        const isOperators = organizationId === DEFAULT_TENANT.organizationId;
        return model === undefined || isOperators ? model : snapshot.current.soldAs(model);
      },
    }),
    notes: store.creditNotes,
    namesOf: async ({ organizationId }) => {
      const installation = await store.installation.get();
      const organization = await store.organizations.get(organizationId);
      return {
        issuer: installation.issuer ?? { name: installation.name, address: undefined, taxId: undefined },
        customer: organization?.name ?? organizationId,
      };
    },
    projectNames: async (scope) => new Map((await store.projectReader.list(scope)).map(({ id, name }) => [id, name])),
    isThere: async (organizationId) => (await store.organizations.get(organizationId)) !== undefined,
  };
}
