import { z } from 'zod';
import type { JsonObject } from '../kernel/json.ts';

const MODELS_NAMED_MAX = 20;

/** What a notification says in a mail. */
export type NotificationWords = { readonly subject: string; readonly lines: readonly string[] };
type Languages = { readonly en: NotificationWords; readonly 'zh-TW': NotificationWords };

/** One kind of notification. */
export type NotificationKind = {
  /** Members whose role has it are told. */
  readonly permission: string;
  /** The words of one notification. @throws ZodError for data that is not of this kind */
  readonly words: (data: JsonObject) => Languages;
};

const credential = z.strictObject({
  credential_id: z.string(),
  credential_name: z.string(),
  connection_id: z.string(),
  connection_name: z.string(),
});
const failing = credential.extend({ reason: z.string().optional() });
const models = z.strictObject({
  connection_id: z.string(),
  connection_name: z.string(),
  count: z.int(),
  models: z.array(z.string()).max(MODELS_NAMED_MAX),
});
const credit = z.strictObject({ left: z.string(), low: z.string(), purchase_url: z.string().optional() });
const stopped = z.strictObject({
  cause: z.enum(['confirmation_needed', 'declined', 'capped']),
  amount: z.string(),
  currency: z.string(),
});
const limit = z.strictObject({
  limit_id: z.string(),
  limit_name: z.string(),
  percent: z.int(),
  used: z.string(),
  amount: z.string(),
  measure: z.string(),
  mode: z.enum(['hard', 'soft']),
  subject: z.string().optional(),
  resets_at: z.string(),
});
const webhook = z.strictObject({ webhook_id: z.string(), url: z.string() });

/** Why an automatic top-up of so much was not made, and what helps. */
const STOPPED_BY = {
  declined: {
    en: (amount: string) =>
      `The saved card was declined for ${amount}. It is not asked again until somebody enters a card or saves the settings of auto top-up.`,
    'zh-TW': (amount: string) =>
      `儲存的卡片拒絕了 ${amount} 的付款。在有人重新輸入卡片或儲存自動儲值設定之前，系統不會再次扣款。`,
  },
  confirmation_needed: {
    en: (amount: string) =>
      `The bank wants the card’s owner to confirm the payment of ${amount}. The card is not asked again until somebody enters a card or saves the settings of auto top-up.`,
    'zh-TW': (amount: string) =>
      `銀行要求持卡人確認 ${amount} 的付款。在有人重新輸入卡片或儲存自動儲值設定之前，系統不會再次扣款。`,
  },
  capped: {
    en: (amount: string) =>
      `Another ${amount} would go beyond what may be paid within 24 hours. More is bought once that time is over, or the limit is raised.`,
    'zh-TW': (amount: string) =>
      `再付 ${amount} 就會超過 24 小時內的付款上限。時間過後或調高上限後，就會繼續自動儲值。`,
  },
} as const;

/** Every kind that there is. A new one is an entry here, and words for the dashboard. */
export const NOTIFICATION_KINDS = {
  'credential.failing': kind('connections.read', failing, (data) => ({
    en: {
      subject: `${data.connection_name}: a credential is failing`,
      lines: [
        `The provider refused the credential “${data.credential_name}” of ${data.connection_name}. It is not used until a check succeeds.`,
        ...(data.reason === undefined ? [] : [`The provider says: ${data.reason}`]),
      ],
    },
    'zh-TW': {
      subject: `${data.connection_name}：憑證失效`,
      lines: [
        `供應商拒絕了 ${data.connection_name} 的憑證「${data.credential_name}」。在檢查通過之前，系統不會使用這個憑證。`,
        ...(data.reason === undefined ? [] : [`供應商的說明：${data.reason}`]),
      ],
    },
  })),
  'credential.working': kind('connections.read', credential, (data) => ({
    en: {
      subject: `${data.connection_name}: a credential is in use again`,
      lines: [`The credential “${data.credential_name}” of ${data.connection_name} is in use again.`],
    },
    'zh-TW': {
      subject: `${data.connection_name}：憑證恢復使用`,
      lines: [`${data.connection_name} 的憑證「${data.credential_name}」已恢復使用。`],
    },
  })),
  'models.new': kind('connections.read', models, (data) => ({
    en: {
      subject: `${data.connection_name}: ${data.count} new model${data.count === 1 ? '' : 's'}`,
      lines: [`New at ${data.connection_name}: ${named(data, ', ', 'and more')}`],
    },
    'zh-TW': {
      subject: `${data.connection_name}：新增 ${data.count} 個模型`,
      lines: [`${data.connection_name} 新增的模型：${named(data, '、', '等')}`],
    },
  })),
  'models.withdrawn': kind('connections.read', models, (data) => ({
    en: {
      subject: `${data.connection_name}: ${data.count} model${data.count === 1 ? '' : 's'} withdrawn`,
      lines: [`No longer listed by ${data.connection_name}: ${named(data, ', ', 'and more')}`],
    },
    'zh-TW': {
      subject: `${data.connection_name}：下架 ${data.count} 個模型`,
      lines: [`${data.connection_name} 不再提供的模型：${named(data, '、', '等')}`],
    },
  })),
  'credit.low': kind('credit.read', credit, (data) => ({
    en: {
      subject: 'Credit is running low',
      lines: [`${data.left} credits are left. Calls are refused once there are none.`, ...moreAt(data, 'Get more at')],
    },
    'zh-TW': {
      subject: '點數即將用完',
      lines: [`點數剩餘 ${data.left}，用完後呼叫將會遭到拒絕。`, ...moreAt(data, '購買點數：')],
    },
  })),
  'credit.out': kind('credit.read', credit, (data) => ({
    en: {
      subject: 'Credit is used up',
      lines: ['Calls are refused until there is credit again.', ...moreAt(data, 'Get more at')],
    },
    'zh-TW': {
      subject: '點數已用完',
      lines: ['在補充點數之前，呼叫將會遭到拒絕。', ...moreAt(data, '購買點數：')],
    },
  })),
  'credit.restored': kind('credit.read', credit, (data) => ({
    en: { subject: 'There is credit again', lines: [`${data.left} credits can be used.`] },
    'zh-TW': { subject: '點數已補充', lines: [`目前可用點數 ${data.left}。`] },
  })),
  'credit.top_up_stopped': kind('credit.read', stopped, (data) => ({
    en: {
      subject: 'Credit is no longer bought automatically',
      lines: [STOPPED_BY[data.cause].en(`${data.amount} ${data.currency}`)],
    },
    'zh-TW': {
      subject: '自動儲值已停止',
      lines: [STOPPED_BY[data.cause]['zh-TW'](`${data.amount} ${data.currency}`)],
    },
  })),
  'limit.reached': kind('credit.read', limit, (data) => ({
    en: {
      subject: `${data.limit_name}: ${data.percent}% used`,
      lines: [
        `${data.used} of ${data.amount} (${data.measure})${data.subject === undefined ? '' : ` by ${data.subject}`} is used or held by calls under way.`,
        ...(data.mode === 'hard'
          ? ['Calls that go beyond it are refused.']
          : ['Calls go on: this limit only tells of it.']),
        `It begins anew at ${data.resets_at}.`,
      ],
    },
    'zh-TW': {
      subject: `${data.limit_name}：已使用 ${data.percent}%`,
      lines: [
        `${data.subject === undefined ? '' : `${data.subject} `}已使用或由進行中的呼叫預留 ${data.used}，上限為 ${data.amount}（${data.measure}）。`,
        ...(data.mode === 'hard' ? ['超過上限的呼叫會被拒絕。'] : ['呼叫不會受到影響：這個限額只會通知。']),
        `重新計算時間：${data.resets_at}。`,
      ],
    },
  })),
  'webhook.disabled': kind('webhooks.read', webhook, (data) => ({
    en: {
      subject: 'A webhook was switched off',
      lines: [`Every delivery to ${data.url} has failed for days, so the webhook was switched off.`],
    },
    'zh-TW': {
      subject: 'Webhook 已停用',
      lines: [`傳送到 ${data.url} 的通知連續數天全部失敗，因此已停用這個 Webhook。`],
    },
  })),
} as const satisfies Readonly<Record<string, NotificationKind>>;

export type NotificationKindName = keyof typeof NOTIFICATION_KINDS;

/**
 * What customers of a platform used: for the operator's webhooks that name it, and for nobody to read. A webhook that is told
 * of all kinds is not told of it.
 */
export const CUSTOMER_USAGE = 'customer.usage';

/** The names of all kinds, in the order of the catalogue. */
export const NOTIFICATION_KIND_NAMES = Object.keys(NOTIFICATION_KINDS).filter(isKind);

function isKind(name: string): name is NotificationKindName {
  return Object.hasOwn(NOTIFICATION_KINDS, name);
}

/** The kind of that name; `undefined` for one that a newer hub has stored. */
export function kindOf(name: string): NotificationKind | undefined {
  return isKind(name) ? NOTIFICATION_KINDS[name] : undefined;
}

/** The kinds that whoever has these permissions is told of. */
export function kindsFor(permissions: { readonly has: (permission: string) => boolean }): NotificationKindName[] {
  return NOTIFICATION_KIND_NAMES.filter((name) => permissions.has(NOTIFICATION_KINDS[name].permission));
}

/** The data of a notification about models: how many, and the first of their names. */
export function modelsData(
  connection: { readonly id: string; readonly name: string },
  names: readonly string[],
): JsonObject {
  return {
    connection_id: connection.id,
    connection_name: connection.name,
    count: names.length,
    models: names.slice(0, MODELS_NAMED_MAX),
  };
}

function moreAt({ purchase_url: link }: z.output<typeof credit>, words: string): readonly string[] {
  return link === undefined ? [] : [`${words} ${link}`];
}

function named(data: z.output<typeof models>, comma: string, more: string): string {
  return data.models.join(comma) + (data.count > data.models.length ? ` ${more}` : '');
}

function kind<Shape>(
  permission: string,
  schema: z.ZodType<Shape>,
  words: (data: Shape) => Languages,
): NotificationKind {
  return { permission, words: (data) => words(schema.parse(data)) };
}
