import type { NamesOf } from '../records/model-names.ts';
import { DEFAULT_TENANT } from '../storage/default-tenant.ts';
import type { Core } from './core.ts';

/** Customers read of models by the names under which they are sold; everybody else by those of providers. */
export function modelNamesOf({ snapshot }: Pick<Core, 'snapshot'>): NamesOf {
  return ({ organizationId }) => {
    const { charging, soldAs } = snapshot.current;
    return charging === undefined || organizationId === DEFAULT_TENANT.organizationId ? undefined : soldAs;
  };
}
