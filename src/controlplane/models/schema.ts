import { z } from 'zod';
import type { ModelFacts, ModelRow } from '../../protocol/configuration.ts';
import {
  flagField,
  idField,
  modelField,
  newModelPolicyField,
  timeField,
  toTime,
  toTimeOrUndefined,
} from '../fields.ts';
import { pageQuery } from '../paging.ts';

const TOKENS_MAX = 1_000_000_000;
const TEXT_CHARS_MAX = 200;
const MODALITIES_MAX = 20;

const tokensField = z.int().min(1).max(TOKENS_MAX);
const modalitiesField = z.array(z.string().min(1).max(TEXT_CHARS_MAX)).max(MODALITIES_MAX);

/** A model that a connection offers. A fact that nobody told is missing. */
export const modelSchema = z.strictObject({
  id: z.string(),
  connection_id: z.string(),
  upstream_model: z.string().describe('The provider’s own id of the model.'),
  state: newModelPolicyField,
  origin: z.enum(['discovered', 'catalogue', 'manual']),
  display_name: z.string().optional(),
  context_tokens: z.number().optional(),
  max_output_tokens: z.number().optional(),
  input_modalities: z.array(z.string()).optional(),
  output_modalities: z.array(z.string()).optional(),
  embedding_dimensions: z.number().optional(),
  first_seen_at: timeField,
  last_seen_at: timeField,
  withdrawn_at: timeField.optional().describe('When the provider’s list no longer held it.'),
});

export const modelParams = z.strictObject({ model_id: idField });

const filterFields = {
  state: newModelPolicyField.optional(),
  withdrawn: flagField.optional(),
  search: z.string().min(1).max(TEXT_CHARS_MAX).optional().describe('Part of the model’s id, in any case.'),
  input_modality: z.string().min(1).max(TEXT_CHARS_MAX).optional(),
  output_modality: z.string().min(1).max(TEXT_CHARS_MAX).optional(),
  context_tokens_min: z.coerce
    .number()
    .int()
    .min(1)
    .max(TOKENS_MAX)
    .optional()
    .describe('Leaves out models whose context is shorter, or not known.'),
};

export const modelsOfConnectionQuery = z.strictObject({ ...pageQuery, ...filterFields });
export const modelsQuery = z.strictObject({ ...pageQuery, ...filterFields, connection_id: idField.optional() });

export type ModelFilter = Omit<z.output<typeof modelsOfConnectionQuery>, keyof typeof pageQuery>;

export const newModelSchema = z
  .strictObject({
    upstream_model: modelField,
    display_name: z.string().min(1).max(TEXT_CHARS_MAX).optional(),
    context_tokens: tokensField.optional(),
    max_output_tokens: tokensField.optional(),
    input_modalities: modalitiesField.optional(),
    output_modalities: modalitiesField.optional(),
    embedding_dimensions: tokensField.optional(),
  })
  .meta({ examples: [{ upstream_model: 'my-fine-tune', context_tokens: 128_000 }] });

export const modelStateSchema = z
  .strictObject({ state: newModelPolicyField })
  .meta({ examples: [{ state: 'enabled' }] });

export function toModel(row: ModelRow): z.output<typeof modelSchema> {
  return {
    id: row.id,
    connection_id: row.connectionId,
    upstream_model: row.upstreamModel,
    state: row.state,
    origin: row.origin,
    display_name: row.facts.displayName,
    context_tokens: row.facts.contextTokens,
    max_output_tokens: row.facts.maxOutputTokens,
    input_modalities: row.facts.inputModalities === undefined ? undefined : [...row.facts.inputModalities],
    output_modalities: row.facts.outputModalities === undefined ? undefined : [...row.facts.outputModalities],
    embedding_dimensions: row.facts.embeddingDimensions,
    first_seen_at: toTime(row.firstSeenAt),
    last_seen_at: toTime(row.lastSeenAt),
    withdrawn_at: toTimeOrUndefined(row.withdrawnAt),
  };
}

export function toFacts(body: z.output<typeof newModelSchema>): ModelFacts {
  return {
    displayName: body.display_name,
    contextTokens: body.context_tokens,
    maxOutputTokens: body.max_output_tokens,
    inputModalities: body.input_modalities,
    outputModalities: body.output_modalities,
    embeddingDimensions: body.embedding_dimensions,
    createdAt: undefined,
  };
}

export function passesFilter(row: ModelRow, filter: ModelFilter): boolean {
  if (filter.state !== undefined && row.state !== filter.state) return false;
  if (filter.withdrawn !== undefined && (row.withdrawnAt !== undefined) !== (filter.withdrawn === 'true')) return false;
  if (filter.input_modality !== undefined && row.facts.inputModalities?.includes(filter.input_modality) !== true) {
    return false;
  }
  if (filter.output_modality !== undefined && row.facts.outputModalities?.includes(filter.output_modality) !== true) {
    return false;
  }
  if ((row.facts.contextTokens ?? 0) < (filter.context_tokens_min ?? 0)) return false;
  return filter.search === undefined || row.upstreamModel.toLowerCase().includes(filter.search.toLowerCase());
}
