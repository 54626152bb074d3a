import { z } from 'zod';

/**
 * What commands read out of the control API's answers. The objects are loose: a field that is not named here still
 * reaches `--json`.
 */

const text = z.string().optional();

export const keyAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  masked: z.string(),
  state: z.string(),
  project_id: z.string(),
  allowed_models: z.array(z.string()).optional(),
  expires_at: text,
  previous_until: text,
  last_used_at: text,
  source: z.string(),
});
export const createdKeyAnswer = z.looseObject({ key: keyAnswer, secret: z.string() });

export const diagnosticsAnswer = z.looseObject({ made_at: z.string() });

export const organizationAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  state: z.string(),
  state_reason: text,
  created_at: z.string(),
});

export const invitationAnswer = z.looseObject({ email: text, role: z.string(), expires_at: z.string() });

export const createdOrganizationAnswer = z.looseObject({
  organization: organizationAnswer,
  owner_invitation: invitationAnswer.optional(),
});

export const teamAnswer = z.looseObject({ id: z.string(), name: z.string() });

export const projectAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  team_id: text,
  created_at: z.string(),
});

export const memberAnswer = z.looseObject({
  id: z.string(),
  email: text,
  name: text,
  role: z.string(),
  state: z.string(),
  user_state: z.string(),
});

export const connectionAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  provider_id: z.string(),
  base_url: z.string(),
  enabled: z.boolean(),
  source: z.string(),
  refreshed_at: text,
  refresh_error: text,
});

export const refreshAnswer = z.looseObject({
  added: z.array(z.string()),
  withdrawn: z.array(z.string()),
  returned: z.array(z.string()),
  error: text,
});
export type RefreshAnswer = z.output<typeof refreshAnswer>;
export const createdConnectionAnswer = z.looseObject({ connection: connectionAnswer, refresh: refreshAnswer });

export const testAnswer = z.looseObject({
  ok: z.boolean(),
  results: z.array(
    z.looseObject({
      credential_id: text,
      step: z.string(),
      ok: z.boolean(),
      http_status: z.number().optional(),
      latency_ms: z.number().optional(),
      message: text,
    }),
  ),
});
export type TestAnswer = z.output<typeof testAnswer>;

export const providerAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  base_url: z.string(),
  params: z.array(z.string()),
  needs_credential: z.boolean(),
  speaks: z.array(z.looseObject({ operation: z.string(), dialect: z.string(), supported: z.boolean() })),
});

export const probeAnswer = z.looseObject({
  base_url: z.string(),
  dialect: text,
  results: testAnswer.shape.results,
  models: z.array(z.string()),
  proposed_entry: z.looseObject({ id: z.string() }).optional(),
});

export const differenceAnswer = z.looseObject({
  added: z.array(z.string()),
  changed: z.array(z.looseObject({ id: z.string(), fields: z.array(z.string()) })),
  unchanged: z.array(z.string()),
});

export const modelAnswer = z.looseObject({
  id: z.string(),
  connection_id: z.string(),
  upstream_model: z.string(),
  state: z.string(),
  context_tokens: z.number().optional(),
  withdrawn_at: text,
});

export const aliasAnswer = z.looseObject({ id: z.string(), name: z.string(), target: z.string(), source: z.string() });

export const rateCardAnswer = z.looseObject({
  version: z.number(),
  source: z.string(),
  effective_from: z.string(),
  prices: z.array(
    z.looseObject({ unit: z.string(), usd_per_million: z.string(), above_input_tokens: z.number().optional() }),
  ),
});
export const pricedModelAnswer = z.looseObject({
  provider_id: z.string(),
  model: z.string(),
  card: rateCardAnswer.optional(),
});

export const usageRecordAnswer = z.looseObject({
  request_id: z.string(),
  started_at: z.string(),
  requested_model: z.string(),
  provider_id: text,
  status: z.string(),
  priced: z.boolean(),
  cost_usd: text,
  duration_ms: z.number(),
  usage: z.looseObject({ input_tokens: z.number().optional(), output_tokens: z.number().optional() }),
});

const totalsAnswer = z.looseObject({
  group: text,
  requests: z.number(),
  failed_requests: z.number(),
  unpriced_requests: z.number(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  cost_usd: z.string(),
});
export const totalsListAnswer = z.looseObject({ data: z.array(totalsAnswer) });

export const vaultAnswer = z.looseObject({
  current_version: z.number(),
  undecryptable: z.number(),
  versions: z.array(
    z.looseObject({ version: z.number(), fingerprint: z.string(), created_at: z.string(), retired_at: text }),
  ),
  rotation: z.looseObject({ state: z.string(), rewrapped: z.number(), remaining: z.number(), error: text }),
});

export const configOutcomeAnswer = z.looseObject({
  applied: z.boolean(),
  changes: z.array(z.looseObject({ action: z.string(), sentence: z.string() })),
  problems: z.array(z.looseObject({ place: z.string(), message: z.string() })),
});

export const backupAnswer = z.looseObject({
  path: text,
  bytes: z.number().optional(),
  key_fingerprint: text,
  command: text,
});

export const auditActAnswer = z.looseObject({
  id: z.string(),
  at: z.string(),
  actor_kind: z.string(),
  actor_id: text,
  action: z.string(),
  target_kind: text,
  target_id: text,
  outcome: z.string(),
  error_code: text,
  address: text,
});

export const auditVerdictAnswer = z.looseObject({
  intact: z.boolean(),
  entries: z.number(),
  differences: z.array(z.looseObject({ sequence: z.number(), what: z.string() })),
  head: z.looseObject({ sequence: z.number(), digest: z.string() }),
});

export const creditAccountAnswer = z.looseObject({
  id: z.string(),
  remaining: z.string(),
  held: z.string(),
  available: z.string(),
});

export const creditGrantAnswer = z.looseObject({
  id: z.string(),
  account_id: z.string(),
  kind: z.string(),
  name: z.string(),
  issued: z.string(),
  remaining: z.string(),
  expires_at: text,
});

export const customerAnswer = z.looseObject({
  id: z.string(),
  external_id: text,
  organization_id: z.string(),
  name: z.string(),
  state: z.string(),
  balance: z.looseObject({ remaining: z.string(), held: z.string(), available: z.string() }),
});
export const customerGrantAnswer = creditGrantAnswer.extend({ reference: z.string() });
export const madeCustomerAnswer = z.looseObject({
  customer: customerAnswer,
  created: z.boolean(),
  secret: text,
  grant: customerGrantAnswer.optional(),
});

export const codeBatchAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  state: z.string(),
  amount: z.string(),
  count: z.number(),
  uses: z.number(),
  valid_until: text,
});
export const madeCodeBatchAnswer = z.looseObject({ batch: codeBatchAnswer, codes: z.array(z.string()) });

export const priceRuleAnswer = z.looseObject({
  id: z.string(),
  customer_group_id: text,
  provider_id: text,
  model: text,
  kind: z.string(),
  margin_percent: text,
  effective_from: z.string(),
  reason: text,
});
export const madeRulesAnswer = z.looseObject({ data: z.array(priceRuleAnswer) });
export const rulePreviewAnswer = z.looseObject({ changes: z.number(), below_cost: z.number() });
export const chargedPriceAnswer = z.looseObject({
  provider_id: z.string(),
  model: z.string(),
  priced: z.boolean(),
  below_cost: z.boolean(),
  lines: z.array(
    z.looseObject({ unit: z.string(), credits_per_million: z.string(), above_input_tokens: z.number().optional() }),
  ),
});
export const customerGroupAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  organization_ids: z.array(z.string()),
});

export const withdrawnAnswer = z.looseObject({ id: z.string(), account_id: z.string(), amount: z.string() });
export const refundedAnswer = z.looseObject({ id: z.string(), charge_id: z.string(), amount: z.string() });

export const ledgerVerdictAnswer = z.looseObject({
  intact: z.boolean(),
  entries: z.number(),
  unsealed: z.number(),
  differences: z.array(z.looseObject({ id: z.string(), what: z.string() })),
  head: z.looseObject({ number: z.number(), digest: z.string() }),
});

const routeTiersAnswer = z.array(
  z.looseObject({ targets: z.array(z.looseObject({ model: z.string(), weight: z.number() })) }),
);
export const routeAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  strategy: z.string(),
  affinity: z.string(),
  tiers: routeTiersAnswer,
  rules: z.array(z.looseObject({ when: z.record(z.string(), z.unknown()), tiers: routeTiersAnswer })),
  timeouts: z.record(z.string(), z.number()),
  fallbacks: z.looseObject({ context_too_long: text, content_filter: text }),
  source: z.string(),
  revision: z.number(),
});
export type RouteAnswer = z.output<typeof routeAnswer>;

export const explainedRouteAnswer = z.looseObject({
  route_id: text,
  strategy: z.string(),
  affinity: z.string(),
  rule: z.number().optional(),
  steps: z.array(
    z.looseObject({
      deployment: z.string(),
      tier: z.number(),
      weight: z.number(),
      standing: z.string(),
      in_flight: z.number(),
      first_byte_ms: z.number().optional(),
      cost_nano_usd: text,
    }),
  ),
  retries_left: z.number(),
});

const limitCountAnswer = z.looseObject({ subject: text, used: z.string(), left: z.string(), resets_at: text });
export const limitAnswer = z.looseObject({
  id: z.string(),
  name: z.string(),
  subject: z.looseObject({ kind: z.string(), id: text }),
  models: z.array(z.string()).optional(),
  measure: z.string(),
  amount: z.string(),
  window: z.looseObject({ kind: z.string(), unit: text, time_zone: text, seconds: z.number().optional() }).optional(),
  mode: z.string(),
  thresholds: z.array(z.number()),
  counts: z.array(limitCountAnswer).optional(),
  source: z.string(),
  revision: z.number(),
});
export type LimitAnswer = z.output<typeof limitAnswer>;

export const adminTokenAnswer = z.looseObject({ token: z.string() });
export const deletedAnswer = z.looseObject({ id: z.string(), deleted: z.boolean() });
