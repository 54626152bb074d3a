import type { Answer } from '../../api/call.ts';

/** The names of the words of each kind that this build knows. */
export const KINDS = {
  'credential.failing': 'credentialFailing',
  'credential.working': 'credentialWorking',
  'models.new': 'modelsNew',
  'models.withdrawn': 'modelsWithdrawn',
  'credit.low': 'creditLow',
  'credit.out': 'creditOut',
  'credit.restored': 'creditRestored',
  'credit.top_up_stopped': 'creditTopUpStopped',
  'limit.reached': 'limitReached',
  'webhook.disabled': 'webhookDisabled',
} as const satisfies Record<Answer<'getMyNotificationMails'>['muted_kinds'][number], string>;
export type Kind = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS).filter(isKind);

export function isKind(name: string): name is Kind {
  return Object.hasOwn(KINDS, name);
}
