import type { FastifyRequest } from 'fastify';
import { GatewayError } from '../../kernel/errors.ts';
import type { NanoCredits } from '../../kernel/money.ts';
import { accessOf } from '../http.ts';
import type { ControlServices } from '../services.ts';

/**
 * What calls cost the operator and who served them is the operator's own where others pay for them: whoever pays is
 * told the charge instead.
 */

/** What of a record is told: its cost and its provider, or not; and what was charged for it. */
export type RecordView = { readonly seesCosts: boolean; readonly chargeNano: NanoCredits | undefined };

export function seesCosts(request: FastifyRequest, { credit }: Pick<ControlServices, 'credit'>): boolean {
  return credit.charging() === undefined || accessOf(request).permissions.has('installation.read');
}

/** @throws access.denied */
export function assertSeesCosts(request: FastifyRequest, services: Pick<ControlServices, 'credit'>): void {
  if (!seesCosts(request, services)) throw hidden(undefined);
}

type ByProvider = {
  readonly provider_id?: unknown;
  readonly connection_id?: unknown;
  readonly group_by?: string | undefined;
};

/** Who asks for the usage of one provider learns who serves. @throws access.denied */
export function assertMayAsk(
  request: FastifyRequest,
  services: Pick<ControlServices, 'credit'>,
  query: ByProvider,
): void {
  if (seesCosts(request, services)) return;
  if (query.provider_id !== undefined) throw hidden('provider_id');
  if (query.connection_id !== undefined) throw hidden('connection_id');
  if (query.group_by === 'provider' || query.group_by === 'connection') throw hidden('group_by');
}

function hidden(param: string | undefined): GatewayError {
  return new GatewayError('access.denied', {
    message: 'Calls are paid for with credit: what they cost the operator, and who serves them, is the operator’s own.',
    param,
  });
}
