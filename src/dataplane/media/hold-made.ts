import { GatewayError } from '../../kernel/errors.ts';
import type { Deployment } from '../../protocol/deployment.ts';
import type { Exchange } from '../exchange.ts';
import { ELSEWHERE_PERHAPS } from '../ways.ts';
import type { MadeBound } from './made-bound.ts';

/** Holds what pictures or sound can cost, where they are paid for; the refusal where another provider may be cheaper. */
export async function holdMade(
  { credit }: Exchange,
  deployment: Deployment,
  boundOf: () => MadeBound,
): Promise<GatewayError | undefined> {
  try {
    await credit?.holdMade(deployment, boundOf());
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GatewayError && ELSEWHERE_PERHAPS.has(thrown.code)) return thrown;
    throw thrown;
  }
}
