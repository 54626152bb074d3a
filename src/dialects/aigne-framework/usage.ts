import type { JsonObject } from '../../kernel/json.ts';
import type { Usage } from '../../protocol/usage.ts';
import { encodeCharge, frameworkTokens } from '../aigne-charge.ts';
import type { ToldCharge } from '../contract.ts';
import { cacheWriteTotal } from '../usage-totals.ts';

type Booked = { readonly usage: Usage; readonly charge: ToldCharge | undefined; readonly recordId: string };

/**
 * Usage as the client's schema wants it: two numbers that have to be there, or no usage at all. `inputTokens` counts
 * everything that was read, the cached part included, which is told apart beside it. What the call takes stands there, too.
 */
export function encodeUsage({ usage, charge, recordId }: Booked): JsonObject | undefined {
  const tokens = frameworkTokens(usage, charge);
  if (tokens === undefined) return undefined;
  const written = cacheWriteTotal(usage);
  return {
    ...tokens,
    ...(written === undefined ? {} : { cacheCreationInputTokens: written }),
    ...(usage.cachedInputTokens === undefined ? {} : { cacheReadInputTokens: usage.cachedInputTokens }),
    ...encodeCharge(charge, recordId),
  };
}
