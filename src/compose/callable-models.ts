import {
  type CallableModel,
  type CallableModels,
  CHAT_PARAMETERS,
  type ChatParameter,
} from '../controlplane/models/callable-model.ts';
import type { Target } from '../dialects/contract.ts';
import { DIALECTS } from '../dialects/index.ts';
import { GatewayError } from '../kernel/errors.ts';
import { reportPrices } from '../metering/price-report.ts';
import { tokenPrices } from '../metering/token-prices.ts';
import type { PublicModel } from '../pages/welcome-page.ts';
import { type ChatRequest, PLAIN_CHAT } from '../protocol/chat-request.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { Tenant } from '../protocol/tenant.ts';
import { type ListedModel, listModels } from '../routing/resolve.ts';
import type { HubSnapshot } from './compile-snapshot.ts';
import { termsOf } from './credit-terms.ts';

/** A request that says one thing beside its message. */
const ASKING: Readonly<Record<ChatParameter, Partial<ChatRequest>>> = {
  temperature: { temperature: 0.5 },
  top_p: { topP: 0.5 },
  max_tokens: { maxOutputTokens: 16 },
  seed: { seed: 1 },
  stop: { stop: ['end'] },
  reasoning_effort: { reasoning: { effort: 'low', budgetTokens: undefined, enabled: undefined, summary: undefined } },
  tools: {
    tools: [
      { kind: 'function', name: 'look', description: undefined, parameters: { type: 'object' }, strict: undefined },
    ],
  },
  response_format: {
    responseFormat: {
      kind: 'json-schema',
      name: 'answer',
      description: undefined,
      schema: { type: 'object', properties: {}, required: [], additionalProperties: false },
      strict: true,
    },
  },
};

/** Every model that a project may call, whichever key of it. Each is looked into when it is first described. */
export function createCallableModels(
  current: () => HubSnapshot,
  now: () => number,
): (project: Tenant) => CallableModels {
  const parameters = new WeakMap<Deployment, readonly ChatParameter[]>();
  return (project) => callableModels(current(), { project, atMs: now(), parameters });
}

type Asked = {
  readonly project: Tenant;
  readonly atMs: number;
  /** What was found out of deployments; they never change, and a new snapshot has new ones. */
  readonly parameters: WeakMap<Deployment, readonly ChatParameter[]>;
};

function callableModels(snapshot: HubSnapshot, asked: Asked): CallableModels {
  const { project } = asked;
  const access = snapshot.modelsOf(project);
  const models = new Map((access === undefined ? [] : listModels(access)).map((model) => [model.name, model]));
  return {
    names: [...models.keys()],
    describe: (name) => {
      const model = models.get(name);
      if (model === undefined) throw new GatewayError('resource.not_found');
      return describeModel(snapshot, model, asked);
    },
  };
}

/** What is shown of a project's models to who is nobody, worked out once for each snapshot. */
export function createPublicModels(current: () => HubSnapshot, project: Tenant): () => readonly PublicModel[] {
  let known: { readonly snapshot: HubSnapshot; readonly models: readonly PublicModel[] } | undefined;
  return () => {
    const snapshot = current();
    if (known?.snapshot === snapshot) return known.models;
    const access = snapshot.offered.offers === undefined ? snapshot.modelsOf(project) : snapshot.offered;
    const models = (access === undefined ? [] : listModels(access)).map(({ name, offer, deployments: [first] }) => ({
      name,
      displayName: first?.facts.displayName,
      offer,
      contextTokens: first?.facts.contextTokens,
      operations: [...(first?.endpoints.keys() ?? [])],
    }));
    known = { snapshot, models };
    return models;
  };
}

/** Of a model with several deployments, the one that is tried first. */
function describeModel(
  snapshot: HubSnapshot,
  { name, alias, deployments, offer }: ListedModel,
  { project: { organizationId }, atMs: at, parameters }: Asked,
): CallableModel {
  const [first] = deployments;
  if (first === undefined) throw new Error('a listed model has a deployment');
  const { connection, upstreamModel, facts, endpoints } = first;
  const taken = parameters.get(first) ?? parametersOf(first);
  parameters.set(first, taken);
  const card = snapshot.resolveCard({
    providerId: connection.providerId,
    upstreamModel,
    isLocal: connection.isLocal,
    at,
  });
  const isCharged = snapshot.charging !== undefined;
  const terms = isCharged ? termsOf(snapshot, first, { organizationId, at }) : undefined;
  return {
    name,
    isAlias: alias,
    offer,
    facts,
    operations: [...endpoints.keys()],
    parameters: taken,
    prices: card === undefined ? undefined : tokenPrices(card),
    charged: terms && reportPrices(terms).lines,
    isSimulated: connection.simulated,
  };
}

/** What may be said in a chat without a loss: what the provider's form has, and the provider does not refuse. */
function parametersOf({ endpoints, upstreamModel, facts }: Deployment): readonly ChatParameter[] {
  const [endpoint] = endpoints.get('chat') ?? [];
  const face = endpoint === undefined ? undefined : DIALECTS.get(endpoint.dialect)?.outbound;
  if (endpoint === undefined || face === undefined) return [];
  const target: Target = {
    upstreamModel,
    path: endpoint.path,
    quirks: endpoint.quirks,
    facts,
    newId: (prefix) => prefix,
  };
  const message = { role: 'user', parts: [{ type: 'text', text: 'Hello' }] } as const;
  return CHAT_PARAMETERS.filter(
    (name) => face.encodeRequest({ ...PLAIN_CHAT, messages: [message], ...ASKING[name] }, target).losses.length === 0,
  );
}
