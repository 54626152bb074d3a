import type { GatewayError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { isJsonObject } from '../../kernel/json.ts';
import { providerFault } from '../provider-fault.ts';

/** The error that an answer or an event carries in the place of what was asked for; `undefined` where it carries none. */
export function carriedFault(answer: JsonObject): GatewayError | undefined {
  const { error } = answer;
  if (error === undefined || error === null) return undefined;
  const message = isJsonObject(error) ? error['message'] : error;
  const code = isJsonObject(error) ? error['code'] : undefined;
  return providerFault(
    {
      status: 0,
      message: typeof message === 'string' ? message : '',
      code: typeof code === 'string' ? code : undefined,
    },
    'upstream.error',
  );
}
