import type { StatementServices } from '../controlplane/statements/statement-services.ts';
import { createStatements } from '../ledger/statements.ts';
import type { Core } from './core.ts';
import { modelIn, versionsIn } from './price-terms.ts';

/** Joins statements and credit notes to the store. */
export function statementServices({ store }: Pick<Core, 'store'>): StatementServices {
  return {
    ...createStatements({
      store: store.statements,
      // What was agreed with a charge stays for good; the call's own record does not.
      modelOf: async (terms) => {
        const { cardId } = versionsIn(terms);
        return modelIn(terms) ?? (cardId === undefined ? undefined : (await store.rateCards.get(cardId))?.model);
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
