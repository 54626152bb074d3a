import { linkOf, typeOf } from '../../dialects/aigne-error.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { NO_CREDITS } from '../../kernel/money.ts';
import type { Deployment } from '../../protocol/deployment.ts';
import type { RateCard } from '../../protocol/rate-card.ts';
import { listModels, type ModelAccess, resolveModel } from '../../routing/resolve.ts';
import type { KeyCredit } from './usage/key-credit.ts';

/** Whether a model can be called; `code` is the HTTP status that a call would get. */
export type AigneStatus =
  | { readonly available: true }
  | {
      readonly available: false;
      readonly error: string;
      readonly code: number;
      readonly type: string;
      readonly link?: string;
    };

/** What the key would pay with, where calls are paid for with credit. */
export type StatusCredit = Pick<KeyCredit, 'balance' | 'purchaseLink'> & {
  readonly cardOf: (deployment: Deployment) => RateCard | undefined;
};

type StatusAsked = {
  readonly access: ModelAccess;
  readonly model: string | undefined;
  /** `undefined` where nobody is charged. */
  readonly credit: StatusCredit | undefined;
};

/**
 * The answer of `GET /api/v2/status?model=` and, without a model, of `GET /api/v1/status`: whether the key could call that
 * model, or any, and has something to pay with. It tries nothing out.
 */
export function answerStatus({ access, model, credit }: StatusAsked): AigneStatus {
  try {
    if (model === undefined || model === '') {
      if (listModels(access).length === 0) throw new GatewayError('model.not_found');
      if (credit !== undefined) checkBalance(credit);
    } else {
      const [first] = callable(access, model);
      if (first === undefined) throw new GatewayError('provider.no_credential');
      if (credit !== undefined) checkPaid(credit, first);
    }
    return { available: true };
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return { available: false, error: thrown.message, code: thrown.status, type: typeOf(thrown), ...linkOf(thrown) };
  }
}

function callable(access: ModelAccess, model: string): readonly Deployment[] {
  return resolveModel(access, { model, operation: operationOf(access, model) }).filter(
    ({ connection }) => connection.auth.scheme === 'none' || connection.credentials.length > 0,
  );
}

/** What has no price is called by nobody, and what is free by everybody. */
function checkPaid(credit: StatusCredit, deployment: Deployment): void {
  const card = credit.cardOf(deployment);
  if (card === undefined) throw new GatewayError('credit.no_price');
  if (card.prices.some(({ price }) => price > 0n)) checkBalance(credit);
}

/** @throws GatewayError as a call would, which takes something */
function checkBalance({ balance, purchaseLink }: StatusCredit): void {
  if (balance !== undefined && balance.availableNano > NO_CREDITS) return;
  if (balance !== undefined && balance.heldNano > NO_CREDITS) throw new GatewayError('credit.held');
  throw new GatewayError('credit.exhausted', {
    details: purchaseLink === undefined ? undefined : { link: purchaseLink },
  });
}

/** Any operation that the model serves: a picture model is available, too. */
function operationOf(access: ModelAccess, model: string) {
  for (const operation of ['chat', 'embeddings', 'images', 'videos', 'speech', 'transcriptions'] as const) {
    try {
      resolveModel(access, { model, operation });
      return operation;
    } catch (thrown) {
      if (!(thrown instanceof GatewayError) || thrown.code !== 'model.operation_unsupported') throw thrown;
    }
  }
  return 'chat';
}
