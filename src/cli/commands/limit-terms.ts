import { type Command, Option } from 'commander';
import { z } from 'zod';
import { isJsonObject } from '../../kernel/json.ts';
import { LIMIT_MEASURES, LIMIT_SUBJECTS, LIMIT_UNITS } from '../../protocol/limits.ts';
import { UsageFailure } from '../failure.ts';
import { findOne } from '../find-one.ts';
import type { HubClient } from '../hub-client.ts';
import { readSpanSeconds } from '../time-span.ts';
import { splitList, wholeOf } from '../typed-values.ts';

/** What may be typed of a limit. */
export type TermOptions = {
  readonly measure?: string;
  readonly of?: string;
  readonly models?: string;
  readonly per?: string;
  readonly zone?: string;
  readonly rolling?: string;
  readonly hard?: boolean;
  readonly soft?: boolean;
  readonly tell?: string;
};

/** Gives a command the options of a limit. */
export function withTerms(command: Command): Command {
  return command
    .addOption(new Option('--measure <measure>', 'what it counts').choices(LIMIT_MEASURES))
    .option('--of <whom>', 'whose calls: organization, project for each, project/website for one, tag/team=search')
    .option('--models <patterns>', 'only calls of these models, separated by commas, such as gpt-4o*')
    .addOption(new Option('--per <unit>', 'over a unit of the calendar').choices(LIMIT_UNITS).conflicts('rolling'))
    .option('--zone <zone>', 'by whose clocks that begins, such as Asia/Taipei')
    .option('--rolling <span>', 'over the last so many seconds, or 5m, 24h, 7d')
    .addOption(new Option('--hard', 'refuse what goes beyond').conflicts('soft'))
    .option('--soft', 'only tell of what goes beyond')
    .option('--tell <percentages>', 'at which people are told, separated by commas')
    .option('--file <file>', 'JSON or YAML with the fields of the control API; - reads them');
}

/** What was typed, over what is there or stands in the file. */
export async function withTyped(
  base: Readonly<Record<string, unknown>>,
  amount: string | undefined,
  { options, hub }: { readonly options: TermOptions; readonly hub: HubClient },
): Promise<Record<string, unknown>> {
  const { measure, of, models, hard, soft, tell } = options;
  const fields: Record<string, unknown> = { ...base };
  if (amount !== undefined) fields['amount'] = amount;
  // YAML takes an amount for a number; the control API takes its text.
  if (typeof fields['amount'] === 'number') fields['amount'] = String(fields['amount']);
  if (measure !== undefined) fields['measure'] = measure;
  if (of !== undefined) fields['subject'] = await subjectOf(hub, of);
  if (models !== undefined) fields['models'] = splitList(models);
  if (hard === true) fields['mode'] = 'hard';
  if (soft === true) fields['mode'] = 'soft';
  if (tell !== undefined) fields['thresholds'] = splitList(tell).map((each) => wholeOf('--tell', each));
  const window = windowOf(options, base['window']);
  if (window !== undefined) fields['window'] = window;
  if (measure === 'concurrent' && window === undefined) delete fields['window'];
  return fields;
}

function windowOf({ per, zone, rolling }: TermOptions, before: unknown): object | undefined {
  if (rolling !== undefined) {
    if (zone !== undefined) throw new UsageFailure('--zone is for --per: a rolling window has no clock');
    return { kind: 'rolling', seconds: /^\d{1,7}$/.test(rolling) ? Number(rolling) : readSpanSeconds(rolling) };
  }
  const calendar = isJsonObject(before) && before['kind'] === 'calendar' ? before : undefined;
  const unit = per ?? calendar?.['unit'];
  if (per === undefined && zone === undefined) return undefined;
  if (unit === undefined) throw new UsageFailure('--zone is for --per: say over which unit it counts');
  return { kind: 'calendar', unit, time_zone: zone ?? calendar?.['time_zone'] };
}

const namedRow = z.looseObject({ id: z.string(), name: z.string().optional(), email: z.string().optional() });
const LISTS: Readonly<Record<string, string>> = {
  project: '/projects',
  team: '/teams',
  member: '/members',
  service_account: '/service-accounts',
  key: '/keys',
};

/** `project/website` → the project of that id or name; `project` alone → each one. */
async function subjectOf(hub: HubClient, text: string) {
  const slash = text.indexOf('/');
  const [kind, wanted] = slash < 0 ? [text, undefined] : [text.slice(0, slash), text.slice(slash + 1)];
  if (!LIMIT_SUBJECTS.some((each) => each === kind)) {
    throw new UsageFailure(`--of: “${kind}” is none of ${LIMIT_SUBJECTS.join(', ')}`);
  }
  const list = LISTS[kind];
  if (wanted === undefined || list === undefined) return { kind, id: wanted };
  const rows = await hub.getAll(list, {}, namedRow);
  const about = { noun: kind.replace('_', ' '), name: nameOf, list: `GET /control/v1${list}` };
  return { kind, id: findOne(rows, wanted, about).id };
}

function nameOf({ email, name }: z.output<typeof namedRow>): string {
  return email ?? name ?? '';
}
