import { describe, expect, it } from 'vitest';
import { ERRORS, GatewayError } from '../kernel/errors.ts';
import { CallCredit } from './call-credit.ts';
import { notExpressible } from './call-in-turn.ts';
import { callerOf } from './routes.ts';
import { shownError } from './shown-error.ts';

const CALL = {
  caller: callerOf('openai-chat'),
  access: undefined,
  principal: undefined,
  deployment: undefined,
  requestedModel: 'gpt-4o',
};

describe('an error', () => {
  it('is shown as it is where nobody is charged', () => {
    const error = new GatewayError('provider.no_credential', { details: { connection: 'bedrock-eu' } });
    expect(shownError({ ...CALL, credit: undefined }, error)).toBe(error);
  });
});

describe('an error, to who pays with credit', () => {
  // Only whether it is there counts.
  const credit = Object.create(CallCredit.prototype) as CallCredit;

  it.each([
    new GatewayError('provider.no_credential', { message: 'The AWS credential has expired.' }),
    new GatewayError('upstream.unreachable', { message: 'The proxy answered 407 to CONNECT.' }),
    notExpressible([{ field: 'seed', reason: 'Bedrock knows no seed' }], undefined),
  ])('has the catalogue’s words where the hub’s own are about a provider: $code', (error) => {
    const shown = shownError({ ...CALL, credit }, error);
    expect(shown.message).toBe(ERRORS[error.code].message);
    expect([shown.param, shown.details]).toEqual([error.param, undefined]);
  });

  it('has the hub’s own words where they are about the request', () => {
    const error = new GatewayError('request.invalid', { message: '`n` is no number.', param: 'n' });
    expect(shownError({ ...CALL, credit }, error)).toMatchObject({ message: '`n` is no number.', param: 'n' });
  });
});
