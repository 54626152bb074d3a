import { z } from 'zod';
import { formatUsdPerMillion } from '../../kernel/money.ts';
import { OPERATIONS } from '../../protocol/operation.ts';
import { TOKEN_CLASSES } from '../../protocol/rate-card.ts';
import { idField } from '../fields.ts';
import { accessOf, CONTROL_PREFIX, type ControlRoutes, route } from '../http.ts';
import { wordsSchema } from '../offers/schema.ts';
import { cutPage, pageOf, pageQuery } from '../paging.ts';
import { chargedLineSchema, toChargedLine } from '../prices/rule-schema.ts';
import { seesCosts } from '../usage/costs.ts';
import { type CallableModel, CHAT_PARAMETERS } from './callable-model.ts';

const query = z.strictObject({
  ...pageQuery,
  project_id: idField.optional().describe('Whose calls; missing: the organization’s default project.'),
});

const pricesSchema = z.partialRecord(z.enum(TOKEN_CLASSES), z.string());

const callableSchema = z.strictObject({
  name: z.string().describe('What to call it by.'),
  alias: z.literal(true).optional(),
  display_name: z.string().optional(),
  offer: z
    .strictObject({ display_name: wordsSchema, description: wordsSchema })
    .optional()
    .describe('What the operator says of it to customers, by language.'),
  context_tokens: z.number().optional(),
  max_output_tokens: z.number().optional(),
  input_modalities: z.array(z.string()).optional(),
  output_modalities: z.array(z.string()).optional(),
  operations: z.array(z.enum(OPERATIONS)),
  parameters: z.array(z.enum(CHAT_PARAMETERS)).describe('What may be said in a chat with it and is not lost.'),
  prices: pricesSchema
    .optional()
    .describe(
      'Dollars that a provider bills for a million tokens of each class, for who may see what calls cost. Missing where no price is known, or where prices hang on the single call.',
    ),
  charged: z
    .array(chargedLineSchema)
    .optional()
    .describe('Credits for a million of each unit, where calls are paid for with credit. Missing: it has no price.'),
  simulated: z.literal(true).optional(),
});

/** `/callable-models`: what members may call, without where it comes from. */
export const callableModelRoutes: ControlRoutes = (app, services) => {
  const { callableModels, visibleProjects } = services;
  app.get(
    `${CONTROL_PREFIX}/callable-models`,
    route('models.read', {
      operationId: 'listCallableModels',
      summary: 'Lists the models that the keys of a project may call, as its access rules leave them.',
      tags: ['models'],
      querystring: query,
      response: { 200: pageOf(callableSchema) },
    }),
    async (request) => {
      const access = accessOf(request);
      const wanted = request.query.project_id ?? access.tenant.projectId;
      const { id: projectId, organizationId } = await visibleProjects.find(access, wanted);
      const models = callableModels({ organizationId, projectId });
      const page = cutPage(models.names, (name) => name, request.query);
      const hasPrices = access.permissions.has('usage.read') && seesCosts(request, services);
      return {
        data: page.rows.map((name) => toCallable(models.describe(name), hasPrices)),
        next_cursor: page.nextCursor,
      };
    },
  );
};

function toCallable(model: CallableModel, hasPrices: boolean): z.output<typeof callableSchema> {
  const { facts, prices, offer } = model;
  return {
    name: model.name,
    ...(model.isAlias ? { alias: true as const } : {}),
    display_name: facts.displayName,
    offer: offer && { display_name: offer.displayName, description: offer.description },
    context_tokens: facts.contextTokens,
    max_output_tokens: facts.maxOutputTokens,
    input_modalities: facts.inputModalities && [...facts.inputModalities],
    output_modalities: facts.outputModalities && [...facts.outputModalities],
    operations: [...model.operations],
    parameters: [...model.parameters],
    prices: hasPrices && prices !== undefined ? toPrices(prices.ofClass) : undefined,
    charged: model.charged?.map(toChargedLine),
    ...(model.isSimulated ? { simulated: true as const } : {}),
  };
}

function toPrices(ofClass: NonNullable<CallableModel['prices']>['ofClass']): z.output<typeof pricesSchema> {
  const prices: z.output<typeof pricesSchema> = {};
  for (const name of TOKEN_CLASSES) {
    const price = ofClass[name];
    if (price !== undefined) prices[name] = formatUsdPerMillion(price);
  }
  return prices;
}
