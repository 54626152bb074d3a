import type { Deployment } from '../protocol/deployment.ts';
import { type ModelAccess, makerName } from '../routing/resolve.ts';
import type { Exchange } from './exchange.ts';

/** Who served a call, as its caller may know it. */

/**
 * Whether a deployment is no business of the organization's: the operator's own, towards a customer. What an organization
 * connects itself it may know.
 */
export function isHidden(
  { offers }: Pick<ModelAccess, 'offers'>,
  { connection }: Deployment,
  organizationId: string | undefined,
): boolean {
  return offers !== undefined && connection.organizationId !== organizationId;
}

type Called = Pick<Exchange, 'access' | 'principal' | 'deployment'>;

/** Whether the caller may not know who serves the call. */
export function hidesServer({ access, principal, deployment }: Called): boolean {
  return access !== undefined && deployment !== undefined && isHidden(access, deployment, principal?.organizationId);
}

/** Whether the caller buys of the hub, and need not know where that buys. */
export function buysOfHub({ credit, access }: Pick<Exchange, 'credit' | 'access'>): boolean {
  return credit !== undefined || access?.offers !== undefined;
}

/** `openai/gpt-5-mini`: the provider's own id of the model behind the provider, or the model behind its maker. */
export function modelWithProvider(exchange: Called & Pick<Exchange, 'requestedModel'>): string {
  const { access, deployment, requestedModel } = exchange;
  if (deployment === undefined) return requestedModel;
  const { connection, upstreamModel, canonicalModel } = deployment;
  const makers = access?.directory.rules.makers;
  if (makers !== undefined && hidesServer(exchange)) return makerName(makers, canonicalModel);
  return `${connection.providerId}/${upstreamModel}`;
}

/** What the provider says it served, to whom that may be told. */
export function shownServed(exchange: Called, servedModel: string | undefined): string | undefined {
  return hidesServer(exchange) ? undefined : servedModel;
}

/** Puts the name that was asked for where bytes that pass through hold those by which the provider knows the model. */
export function renamer(
  exchange: Called & Pick<Exchange, 'requestedModel'>,
): ((bytes: Buffer, servedModel: string | undefined) => Buffer) | undefined {
  const { deployment, requestedModel } = exchange;
  if (deployment === undefined || requestedModel === '' || !hidesServer(exchange)) return undefined;
  return (bytes, servedModel) => {
    // Each byte as one character, so that nothing but the names is changed.
    let text = bytes.toString('latin1');
    for (const name of new Set([deployment.upstreamModel, servedModel ?? ''])) {
      if (name === '' || name === requestedModel) continue;
      // Only a field of that name: within a text its quotation marks are escaped.
      for (const field of FIELDS) text = text.replaceAll(field + asBytes(name), field + asBytes(requestedModel));
    }
    return Buffer.from(text, 'latin1');
  };
}

/** As encoders of JSON write it, with a space and without one. */
const FIELDS = ['"model":', '"model": ', '"modelVersion":', '"modelVersion": '] as const;

function asBytes(name: string): string {
  return Buffer.from(JSON.stringify(name)).toString('latin1');
}
