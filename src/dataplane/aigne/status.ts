import { GatewayError } from '../../kernel/errors.ts';
import { formatCredits, type NanoCredits, NO_CREDITS } from '../../kernel/money.ts';
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

/** What an account has, as far as a key may spend it. */
export type KeyBalance = {
  readonly availableNano: NanoCredits;
  readonly heldNano: NanoCredits;
  readonly issuedNano: NanoCredits;
  readonly grants: number;
};

/** Credit as a key sees it: `balance` is that of the account on its way that has the least. */
export type KeyCredit = {
  readonly balance: KeyBalance | undefined;
  readonly name: string | undefined;
  readonly prefix: string | undefined;
  readonly purchaseLink: string | undefined;
};

/** What `aigne hub status` shows of a key. Amounts are decimal texts. */
export type AigneUserInfo = {
  readonly user: { readonly did: string; readonly fullName: string; readonly email: string; readonly avatar: string };
  readonly creditBalance: {
    readonly balance: string;
    readonly total: string;
    readonly grantCount: number;
    readonly pendingCredit: string;
  } | null;
  readonly paymentLink: string | null;
  readonly currency: string | null;
  readonly enableCredit: boolean;
  readonly profileLink: null;
  readonly creditPrefix?: string;
};

/** The client refuses an answer with any other. */
const PREFIXES: ReadonlySet<string> = new Set(['$', '€', '¥']);

/**
 * The answer of `GET /api/user/info`. A key stands for who calls: its id and name take the place of the person's. Texts
 * that nobody said are empty, since clients show them as they are. `credit` is missing where nobody is charged.
 */
export function answerUserInfo({ keyId, keyName }: Principal, credit: KeyCredit | undefined): AigneUserInfo {
  const prefix = credit?.prefix;
  return {
    user: { did: keyId, fullName: keyName, email: '', avatar: '' },
    creditBalance: credit === undefined ? null : toBalance(credit.balance),
    paymentLink: credit?.purchaseLink ?? null,
    currency: credit?.name ?? null,
    enableCredit: credit !== undefined,
    profileLink: null,
    ...(prefix === undefined || !PREFIXES.has(prefix) ? {} : { creditPrefix: prefix }),
  };
}

function toBalance(found: KeyBalance | undefined): NonNullable<AigneUserInfo['creditBalance']> {
  const { availableNano, heldNano, issuedNano, grants } = found ?? NOTHING;
  return {
    balance: formatCredits(availableNano),
    total: formatCredits(issuedNano),
    grantCount: grants,
    pendingCredit: formatCredits(heldNano),
  };
}

const NOTHING: KeyBalance = { availableNano: NO_CREDITS, heldNano: NO_CREDITS, issuedNano: NO_CREDITS, grants: 0 };
