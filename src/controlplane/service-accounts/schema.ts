import { z } from 'zod';
import type { ServiceAccount } from '../../protocol/people.ts';
import { idField, nameField, revisionField, roleField, timeField, toTime } from '../fields.ts';

const stateField = z.enum(['active', 'disabled']);

export const serviceAccountSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  role: roleField,
  state: stateField.describe('Whether its keys count.'),
  created_at: timeField,
  revision: revisionField,
});

export const serviceAccountParams = z.strictObject({ service_account_id: idField });

export const newServiceAccountSchema = z
  .strictObject({ name: nameField, role: roleField })
  .meta({ examples: [{ name: 'nightly evaluation', role: 'developer' }] });

export const serviceAccountChangeSchema = z
  .strictObject({ name: nameField.optional(), role: roleField.optional(), state: stateField.optional() })
  .meta({ examples: [{ state: 'disabled' }] });

export function toServiceAccount(account: ServiceAccount): z.output<typeof serviceAccountSchema> {
  return {
    id: account.id,
    name: account.name,
    role: account.role,
    state: account.state,
    created_at: toTime(account.createdAt),
    revision: account.revision,
  };
}
