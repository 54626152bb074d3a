import { cacheWriteTotal, inputTotal, outputTotal } from '../../../dialects/usage-totals.ts';
import { csvLine } from '../../../kernel/csv.ts';
import { ERRORS } from '../../../kernel/errors.ts';
import { type NanoCredits, NO_CREDITS } from '../../../kernel/money.ts';
import type { UsageRecord } from '../../../protocol/records.ts';
import { type Audience, userDidOf } from './audience.ts';
import { modelOf } from './calls.ts';
import { creditsOf } from './charged.ts';
import { typeOf } from './measures.ts';
import type { UsageReads } from './ports.ts';

const CHARGES_BATCH = 500;

/** What is shown of an application: its id is its name, and nobody told the hub of a logo. */
export function appInfoOf(appDid: string) {
  return { appName: appDid, appDid, appLogo: '', appUrl: '' };
}

/** Who somebody is, in AIGNE's words. Texts that nobody said are empty, since clients show them as they are. */
export type UserInfo = {
  readonly did: string;
  readonly fullName: string;
  readonly email: string;
  readonly avatar: string;
};

/** Who the people behind ids are, each asked for once. Ids that the organization does not know are left out. */
export async function usersOf(
  usage: UsageReads,
  organizationId: string,
  dids: readonly string[],
): Promise<ReadonlyMap<string, UserInfo>> {
  const users = new Map<string, UserInfo>();
  for (const did of new Set(dids)) {
    const named = await usage.named(organizationId, did);
    if (named !== undefined) users.set(did, { did, ...named, avatar: '' });
  }
  return users;
}

/**
 * Calls as AIGNE's pages show them. Which credential was used is for owners and admins; who served is told to nobody who
 * pays for calls.
 */
export async function callRows(usage: UsageReads, audience: Audience, records: readonly UsageRecord[]) {
  const users = await usersOf(usage, audience.organizationId, records.map(userDidOf));
  const charged = await chargesOf(usage, audience, records);
  return records.map((each) => {
    const record = shownTo(usage, each);
    const { providerId = '', credentialId } = record;
    const did = userDidOf(record);
    const name = usage.providerName(providerId) ?? providerId;
    return {
      ...callOf(record, creditsOf(charged(record))),
      ...(audience.kind === 'organization' ? { credentialId } : {}),
      provider: { id: providerId, name: providerId, displayName: name },
      appInfo: appInfoOf(record.application),
      userInfo: users.get(did) ?? { did, fullName: '', email: '', avatar: '' },
    };
  });
}

/** A record without who served it, where calls are paid for: the model is then the one that was asked for. */
function shownTo({ charges }: UsageReads, record: UsageRecord): UsageRecord {
  if (charges === undefined) return record;
  return { ...record, providerId: undefined, credentialId: undefined, routedModel: undefined };
}

/** What each of some records was charged. */
export async function chargesOf(
  { charges }: UsageReads,
  audience: Audience,
  records: readonly UsageRecord[],
): Promise<(record: UsageRecord) => NanoCredits> {
  const amounts = new Map<string, NanoCredits>();
  for (let start = 0; charges !== undefined && start < records.length; start += CHARGES_BATCH) {
    const ids = records.slice(start, start + CHARGES_BATCH).map(({ id }) => id);
    for (const [id, amount] of await charges.of(audience, ids)) amounts.set(id, amount);
  }
  return ({ id }) => amounts.get(id) ?? NO_CREDITS;
}

/** A call record: `duration` in seconds, `ttfb` in milliseconds, `callTime` in unix seconds. */
function callOf(record: UsageRecord, credits: number) {
  const { usage } = record;
  return {
    id: record.id,
    providerId: record.providerId ?? '',
    model: modelOf(record),
    type: typeOf(record.operation),
    totalUsage: usageOf(record),
    usageMetrics: {
      inputTokens: inputTotal(usage),
      outputTokens: outputTotal(usage),
      cacheCreationInputTokens: cacheWriteTotal(usage),
      cacheReadInputTokens: usage.cachedInputTokens,
    },
    credits,
    status: statusOf(record),
    duration: secondsOf(record),
    errorReason: reasonOf(record.errorCode),
    appDid: record.application,
    userDid: userDidOf(record),
    requestId: record.requestId,
    metadata: { startTime: record.startedAt, originalModel: record.requestedModel },
    callTime: Math.floor(record.startedAt / 1000),
    traceId: record.traceparent?.split('-')[1],
    ttfb: record.firstByteMs === undefined ? undefined : Math.round(record.firstByteMs),
    createdAt: new Date(record.startedAt).toISOString(),
  };
}

function usageOf({ usage }: UsageRecord): number {
  return (inputTotal(usage) ?? 0) + (outputTotal(usage) ?? 0);
}

function statusOf({ status }: UsageRecord): 'success' | 'failed' {
  return status === 'success' ? 'success' : 'failed';
}

function secondsOf({ durationMs }: UsageRecord): number {
  return Math.round(durationMs / 100) / 10;
}

/** A record may be older than the catalogue, so its code need not be one of today's. */
function reasonOf(code: string | undefined): string | undefined {
  return Object.entries(ERRORS).find(([known]) => known === code)?.[1].message ?? code;
}

const COLUMNS = {
  en: [
    'Timestamp',
    'Request ID',
    'User DID',
    'User Name',
    'User Email',
    'Model',
    'Provider',
    'Type',
    'Status',
    'Input Tokens',
    'Output Tokens',
    'Total Usage',
    'Credits',
    'Duration(s)',
    'App DID',
  ],
  zh: [
    '时间',
    '请求 ID',
    '用户 DID',
    '用户名',
    '用户邮箱',
    '模型',
    '提供商',
    '类型',
    '状态',
    '输入 Token',
    '输出 Token',
    '总用量',
    '额度',
    '时长(秒)',
    '应用 DID',
  ],
} as const;
export type ExportLocale = keyof typeof COLUMNS;
export const EXPORT_LOCALES = ['en', 'zh'] as const satisfies readonly ExportLocale[];

/** The calls as a file for spreadsheets, in which no text of a caller's runs as a formula. */
export async function callsCsv(
  usage: UsageReads,
  audience: Audience,
  { records, locale }: { readonly records: readonly UsageRecord[]; readonly locale: ExportLocale },
): Promise<string> {
  const users = await usersOf(usage, audience.organizationId, records.map(userDidOf));
  const charged = await chargesOf(usage, audience, records);
  const lines = records.map((each) => {
    const record = shownTo(usage, each);
    const user = users.get(userDidOf(record));
    const { providerId } = record;
    return csvLine([
      new Date(record.startedAt).toISOString(),
      record.requestId,
      userDidOf(record),
      user?.fullName,
      user?.email,
      modelOf(record),
      providerId === undefined ? undefined : (usage.providerName(providerId) ?? providerId),
      typeOf(record.operation),
      statusOf(record),
      inputTotal(record.usage),
      outputTotal(record.usage),
      usageOf(record),
      creditsOf(charged(record)),
      secondsOf(record),
      record.application,
    ]);
  });
  return csvLine(COLUMNS[locale]) + lines.join('');
}
