import { GatewayError } from '../../kernel/errors.ts';
import type { Deployment } from '../../protocol/deployment.ts';
import type { Exchange } from '../exchange.ts';
import { ELSEWHERE_PERHAPS } from '../ways.ts';
import type { MadeBound } from './made-bound.ts';

/** Holds what pictures or sound can use, where that is limited or paid for; the refusal where another provider may be cheaper. */
export async function holdMade(
  { credit, limits }: Exchange,
  deployment: Deployment,
  boundOf: () => MadeBound,
): Promise<GatewayError | undefined> {
  try {
    await limits?.holdMade(deployment, boundOf);
    await credit?.holdMade(deployment, boundOf());
    return undefined;
  } catch (thrown) {
    if (thrown instanceof GatewayError && ELSEWHERE_PERHAPS.has(thrown.code)) return thrown;
    throw thrown;
  }
}
