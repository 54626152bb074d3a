import type { ReadRequest } from '../dialects/contract.ts';
import { GatewayError } from '../kernel/errors.ts';
import type { Deployment } from '../protocol/deployment.ts';
import type { HeldId } from '../protocol/held.ts';
import type { Principal } from '../protocol/principal.ts';
import { keep } from '../routing/resolve.ts';
import type { Routed } from '../routing/turns.ts';
import type { Exchange } from './exchange.ts';
import type { HeldPort } from './ports.ts';

/** Providers keep responses for thirty days: https://platform.openai.com/docs/guides/conversation-state */
const RESPONSE_DAYS = 30;
/** Ids that one request may refer to; longer conversations are sent as their content. */
const REFERENCES_MAX = 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The deployments that a request may go to: all of them, unless it refers to something that a provider keeps. Then only
 * the one where that is, and only for the project that made it; for everybody else it does not exist.
 * @throws GatewayError `resource.not_found` for an id that is not this project's, `request.not_held` for ids that lie apart
 */
export async function onlyWhereHeld(
  routed: Routed,
  asked: {
    readonly request: Pick<ReadRequest, 'references'>;
    readonly principal: Principal;
    readonly held: Pick<HeldPort, 'find'>;
    readonly nowMs: number;
  },
): Promise<Routed> {
  const { references } = asked.request;
  if (references.length === 0) return routed;
  const [beyond] = references.slice(REFERENCES_MAX);
  if (beyond !== undefined) {
    throw new GatewayError('request.invalid', {
      message: `A request refers to at most ${REFERENCES_MAX} things that a provider keeps. Send the content itself.`,
      param: beyond.field,
    });
  }
  const bound = await asked.held.find(
    asked.principal,
    references.map(({ id }) => id),
  );
  // Those whose time is over are removed now and then, and gone at once.
  const found = bound.filter(({ expiresAt }) => expiresAt > asked.nowMs);
  for (const { id, field } of references) {
    if (found.some((known) => known.id === id)) continue;
    throw new GatewayError('resource.not_found', {
      message: `\`${field}\` names nothing that this project’s calls left at a provider. Send the content itself (with \`store: false\`, SDKs do).`,
      param: field,
    });
  }
  const usable = keep(routed.tiers, (deployment) => found.every((known) => isAt(known, deployment)));
  if (usable.length > 0) return { ...routed, tiers: usable.map((tier) => withCredentials(tier, found[0])) };
  throw new GatewayError('request.not_held', { param: references[0]?.field });
}

function isAt(bound: HeldId, { connection }: Deployment): boolean {
  return bound.connectionId === connection.id;
}

function withCredentials(tier: Routed['tiers'][number], held: HeldId | undefined): Routed['tiers'][number] {
  return tier.map((each) => ({ ...each, deployment: withCredential(each.deployment, held?.credentialId) }));
}

/** Another credential may be of another account, which keeps nothing of it; where it is gone, any may know it. */
export function withCredential(deployment: Deployment, credentialId: string | undefined): Deployment {
  const { connection } = deployment;
  const credentials = connection.credentials.filter(({ id }) => id === credentialId);
  return credentials.length === 0 ? deployment : { ...deployment, connection: { ...connection, credentials } };
}

/** Binds what the answer left at its provider to the caller's project. */
export async function bindHeld(exchange: Exchange, ids: readonly string[], held: HeldPort): Promise<void> {
  const { principal, deployment, startedAt } = exchange;
  if (principal === undefined || deployment === undefined) throw new Error('only an answered call leaves something');
  await held.bind(
    ids.map((id) => ({
      id,
      kind: 'response',
      organizationId: principal.organizationId,
      projectId: principal.projectId,
      connectionId: deployment.connection.id,
      credentialId: exchange.credentialId,
      upstreamId: undefined,
      upstreamModel: deployment.upstreamModel,
      createdAt: startedAt,
      expiresAt: startedAt + RESPONSE_DAYS * DAY_MS,
      video: undefined,
    })),
  );
}
