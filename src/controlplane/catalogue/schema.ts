import { z } from 'zod';
import { idField, jsonField, jsonObjectField, nameField, urlField } from '../fields.ts';
import { pageQuery } from '../paging.ts';
import type { CatalogueDifference, CatalogueOrigin, CatalogueProvider } from '../services.ts';

const SEARCH_CHARS_MAX = 100;

/** A provider that can be connected. */
export const providerSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  docs: z.string().describe('Where its facts come from.'),
  base_url: z.string(),
  params: z.array(z.string()).describe('Placeholders of the base URL that a connection has to fill.'),
  needs_credential: z.boolean(),
  local: z.boolean(),
  speaks: z.array(
    z.strictObject({
      operation: z.string(),
      dialect: z.string(),
      supported: z.boolean().describe('Whether this build can speak that dialect.'),
    }),
  ),
  origin: z.enum(['built_in', 'applied']),
});

/** One provider with its entry as the catalogue's own schema writes it. */
export const providerDetailSchema = providerSchema.extend({ document: jsonObjectField });

export const providerParams = z.strictObject({ provider_id: idField });

export const providersQuery = z.strictObject({
  ...pageQuery,
  search: z.string().min(1).max(SEARCH_CHARS_MAX).optional().describe('Part of the id or the name, in any case.'),
});

export const catalogueOriginSchema = z
  .strictObject({
    url: urlField.optional().describe('Fetched by the hub, under its egress rules.'),
    document: jsonField.optional().describe('The catalogue itself: a list of entries.'),
    name: nameField.optional().describe('What a document is remembered as.'),
  })
  .refine((origin) => (origin.url === undefined) !== (origin.document === undefined), {
    message: 'needs either `url` or `document`',
  })
  .meta({ examples: [{ url: 'https://example.com/catalogue.json' }] });

export const differenceSchema = z.strictObject({
  added: z.array(z.string()),
  changed: z.array(z.strictObject({ id: z.string(), fields: z.array(z.string()) })),
  unchanged: z.array(z.string()),
});

export function toProvider(provider: CatalogueProvider): z.output<typeof providerSchema> {
  return {
    id: provider.id,
    name: provider.name,
    docs: provider.docs,
    base_url: provider.baseUrl,
    params: [...provider.params],
    needs_credential: provider.needsCredential,
    local: provider.local,
    speaks: provider.speaks.map((entry) => ({ ...entry })),
    origin: provider.origin,
  };
}

export function toProviderDetail(provider: CatalogueProvider): z.output<typeof providerDetailSchema> {
  // An entry was read from JSON; the parse gives it the type that says so.
  return { ...toProvider(provider), document: jsonObjectField.parse(provider.document) };
}

export function toCatalogueOrigin(body: z.output<typeof catalogueOriginSchema>): CatalogueOrigin {
  if (body.url !== undefined) return { kind: 'url', url: body.url };
  return { kind: 'document', document: body.document ?? null, name: body.name ?? 'control API' };
}

export function toDifference(difference: CatalogueDifference): z.output<typeof differenceSchema> {
  return {
    added: [...difference.added],
    changed: difference.changed.map((change) => ({ id: change.id, fields: [...change.fields] })),
    unchanged: [...difference.unchanged],
  };
}
