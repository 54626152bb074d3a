import { permissionsOfRole } from '../identity/roles.ts';
import type { Job } from '../jobs/scheduler.ts';
import type { JsonObject } from '../kernel/json.ts';
import { formatCredits, nanoCredits, parseCredits } from '../kernel/money.ts';
import { findReached, type Reached } from '../limits/reached.ts';
import { tellOfCredit } from '../notifications/credit-episodes.ts';
import { tellOfUsage } from '../notifications/customer-usage.ts';
import { deliverDue } from '../notifications/deliver.ts';
import { messageBody } from '../notifications/message.ts';
import type { Raising, SendMessage } from '../notifications/ports.ts';
import { createTeller } from '../notifications/tell.ts';
import { chance } from './chance.ts';
import type { Core } from './core.ts';
import { purchaseLinks } from './purchase-link.ts';

const TELL_MS = 5000;
const DELIVER_MS = 5000;
const CREDIT_MS = 15_000;
const LIMITS_MS = 5000;
/** What is held while a window of a limit lasts begins so. */
const LIMIT = 'limit:';
const EXPIRE_MS = 60 * 60_000;

/** The work of notifications, all of it away from requests: finding what is to be told, mailing it, sending it. */
export function notificationJobs(core: Core): readonly Job[] {
  const { store, newId, clock, mail, vault } = core;
  const teller = createTeller({
    store: store.notifications,
    configuration: store.configuration,
    permissionsOf: (role) => new Set<string>(permissionsOfRole(role)),
    mail: (to, words, organizationId) =>
      mail.tell(to, {
        kind: 'notification',
        words,
        link: `${core.baseUrl()}/dashboard/${organizationId}/notifications`,
      }),
    newId,
    now: clock.now,
  });
  const deliver = {
    webhooks: store.webhooks,
    notifications: store.notifications,
    vault,
    send: sendVia(core),
    newId,
    now: clock.now,
    random: chance,
  };
  return [
    { name: 'notifications.tell', everyMs: TELL_MS, run: teller.run },
    ...creditTelling(core),
    ...usageTelling(core),
    ...limitTelling(core),
    { name: 'notifications.expire', everyMs: EXPIRE_MS, run: teller.removeOld },
    {
      name: 'webhooks.deliver',
      everyMs: DELIVER_MS,
      run: async (signal) => void (await deliverDue(deliver, signal)),
    },
  ];
}

/** While calls are paid for with credit, organizations are told that little is left. */
function creditTelling(core: Core): readonly Job[] {
  const { snapshot, store, newId, clock } = core;
  const purchaseLinkOf = purchaseLinks(core);
  const run = async (): Promise<void> => {
    const { charging } = snapshot.current;
    const lowNano = charging && parseCredits(charging.low);
    if (charging === undefined || lowNano === undefined) return;
    const looks = { lowNano, purchaseLinkOf, newId, clock: clock.now };
    await tellOfCredit({ ...looks, store: store.notifications, credit: store.creditLeft });
  };
  return [{ name: 'notifications.credit', everyMs: CREDIT_MS, run }];
}

/** Organizations are told that a limit of theirs has reached a threshold. */
function limitTelling(core: Core): readonly Job[] {
  const { snapshot, store, newId, clock, counts } = core;
  const run = async (): Promise<void> => {
    const limits = [...snapshot.current.limits.values()].flatMap((each) => each.limits);
    const reached = await findReached(limits, counts.counters, clock.now());
    if (reached.length === 0) return;
    const held = new Set(await store.notifications.held(LIMIT));
    const raisings = reached
      .filter(({ key }) => !held.has(`${LIMIT}${key}`))
      .map((each): Raising => {
        const { organizationId, id: subject } = each.limit;
        const about = { id: newId('ntf'), kind: 'limit.reached', organizationId, subject, raisedAt: clock.now() };
        const notification = { ...about, data: limitData(each) };
        return { notification, holds: `${LIMIT}${each.key}`, body: messageBody(notification) };
      });
    if (raisings.length > 0) await store.notifications.raise(raisings, () => newId('whd'));
  };
  return [{ name: 'notifications.limits', everyMs: LIMITS_MS, run }];
}

function limitData({ limit, subject, percent, used, resetAtMs }: Reached): JsonObject {
  const textOf = (amount: bigint): string =>
    limit.measure === 'money' ? formatCredits(nanoCredits(amount)) : String(amount);
  return {
    limit_id: limit.id,
    limit_name: limit.name,
    percent,
    used: textOf(used),
    amount: textOf(limit.amount),
    measure: limit.measure,
    mode: limit.mode,
    ...(subject === undefined ? {} : { subject }),
    resets_at: new Date(resetAtMs).toISOString(),
  };
}

/** A platform that sells credit is told what its customers used; of what ends after charging was switched off, too. */
function usageTelling({ settings, store, newId, clock, tenant }: Core): readonly Job[] {
  const input = { store: store.customerUsage, operatorId: tenant.organizationId, newId, now: clock.now };
  const everyMs = settings.credit.usageSeconds * 1000;
  return [{ name: 'customers.usage', everyMs, run: (signal) => tellOfUsage(input, signal) }];
}

function sendVia({ webhookFetchOf }: Pick<Core, 'webhookFetchOf'>): SendMessage {
  return async ({ organizationId, url, headers, body }) => {
    const { status } = await webhookFetchOf(organizationId)(url, { method: 'POST', headers, body });
    return status;
  };
}
