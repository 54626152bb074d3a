import { GatewayError } from '../../kernel/errors.ts';
import type { Principal } from '../../protocol/principal.ts';
import { listModels, type ModelAccess, resolveModel } from '../../routing/resolve.ts';

/** Whether a model can be called; `code` is the HTTP status that a call would get. */
export type AigneStatus =
  | { readonly available: true }
  | { readonly available: false; readonly error: string; readonly code: number; readonly type: string };

/**
 * The answer of `GET /api/v2/status?model=` and, without a model, of `GET /api/v1/status`: whether the key could call that
 * model, or any. It is about configuration and tries nothing out.
 */
export function answerStatus(access: ModelAccess, model: string | undefined): AigneStatus {
  try {
    if (model === undefined || model === '') {
      if (listModels(access).length === 0) throw new GatewayError('model.not_found');
    } else if (!canBeCalled(access, model)) {
      throw new GatewayError('provider.no_credential');
    }
    return { available: true };
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return { available: false, error: thrown.message, code: thrown.status, type: thrown.code };
  }
}

function canBeCalled(access: ModelAccess, model: string): boolean {
  return resolveModel(access, { model, operation: operationOf(access, model) }).some(
    ({ connection }) => connection.auth.scheme === 'none' || connection.credentials.length > 0,
  );
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

/** What `aigne hub status` shows of a key. */
export type AigneUserInfo = {
  readonly user: { readonly did: string; readonly fullName: string; readonly email: string; readonly avatar: string };
  readonly creditBalance: null;
  readonly paymentLink: null;
  readonly currency: null;
  readonly enableCredit: false;
  readonly profileLink: null;
};

/**
 * The answer of `GET /api/user/info`. A key stands for who calls: its id and name take the place of the person's, and
 * there is no credit. Texts that nobody said are empty, since clients show them as they are.
 */
export function answerUserInfo({ keyId, keyName }: Principal): AigneUserInfo {
  return {
    user: { did: keyId, fullName: keyName, email: '', avatar: '' },
    creditBalance: null,
    paymentLink: null,
    currency: null,
    enableCredit: false,
    profileLink: null,
  };
}
