import { permissionsOfRole } from '../identity/roles.ts';
import type { Job } from '../jobs/scheduler.ts';
import { parseCredits } from '../kernel/money.ts';
import { tellOfCredit } from '../notifications/credit-episodes.ts';
import { tellOfUsage } from '../notifications/customer-usage.ts';
import { deliverDue } from '../notifications/deliver.ts';
import type { SendMessage } from '../notifications/ports.ts';
import { createTeller } from '../notifications/tell.ts';
import { chance } from './chance.ts';
import type { Core } from './core.ts';
import { purchaseLinks } from './purchase-link.ts';

const TELL_MS = 5000;
const DELIVER_MS = 5000;
const CREDIT_MS = 15_000;
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
