import { GatewayError } from './errors.ts';

/** What is wrong with one field of a request, after the field's name: `expires_at: is not in the future.` */
export function invalid(param: string, what: string): GatewayError {
  return unfit(param, `${param}: ${what}`);
}

/** The same in a sentence of its own: `A name is needed.` */
export function unfit(param: string, message: string): GatewayError {
  return new GatewayError('request.invalid', { param, message });
}
