import { GatewayError } from '../kernel/errors.ts';

/** What is wrong with one field of a request. */
export function invalid(param: string, what: string): GatewayError {
  return new GatewayError('request.invalid', { message: `${param}: ${what}`, param });
}
