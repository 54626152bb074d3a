import { z } from 'zod';
import type { AliasRow } from '../../protocol/configuration.ts';
import { idField, modelField, sourceField } from '../fields.ts';

export const aliasSchema = z.strictObject({
  id: z.string(),
  name: z.string().describe('What callers ask for.'),
  target: z.string().describe('The model that answers: a bare name or `provider/model`.'),
  source: sourceField,
});

export const aliasParams = z.strictObject({ alias_id: idField });

export const newAliasSchema = z
  .strictObject({ name: modelField, target: modelField })
  .refine((alias) => alias.name !== alias.target, { message: 'is the alias itself', path: ['target'] })
  .meta({ examples: [{ name: 'fast', target: 'openai/gpt-4.1-mini' }] });

export function toAlias(row: AliasRow): z.output<typeof aliasSchema> {
  return { id: row.id, name: row.name, target: row.target, source: row.source };
}
