import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';

/** The credit of a fake Payment Kit: who has which grants, what meters counted, and what was taken for that. */

export type FakeGrant = {
  readonly id: string;
  readonly customer_id: string;
  readonly category: string;
  readonly name: string;
  readonly priority: number;
  readonly expires_at: number;
  /** In the currency's smallest units, as what is left. */
  readonly amount: string;
  remaining_amount: string;
  status: 'pending' | 'granted' | 'depleted' | 'expired' | 'voided';
  readonly created_at: string;
};
export type FakeMeterEvent = {
  readonly identifier: string;
  readonly customerId: string;
  readonly value: string;
  consumed: bigint;
  pending: bigint;
};
type Customer = { readonly id: string; readonly did: string };
type Transaction = {
  readonly id: string;
  readonly credit_grant_id: string;
  readonly credit_amount: string;
  readonly customer_id: string;
};
type AutoRecharge = { readonly below: bigint; readonly amount: string; readonly times: number };

/** What is answered instead. */
export class KitProblem extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Credit = ReturnType<typeof createKitCredit>;

export function createKitCredit(input: {
  readonly isLive: boolean;
  readonly places: number;
  readonly happened: (type: string, object: object) => Promise<void>;
}) {
  const { isLive, places, happened } = input;
  const [meter, meterId, currencyId, paymentLink] = ['agent-hub-ai-meter', 'mtr_1', 'pc_1', 'plink_1'];
  const customers = new Map<string, Customer>();
  const grants: FakeGrant[] = [];
  const meterEvents: FakeMeterEvent[] = [];
  const transactions: Transaction[] = [];
  const recharges = new Map<string, AutoRecharge>();
  let recharge: JsonObject = { base_price_id: 'price_1', payment_link_id: paymentLink };
  let knownStatus: 400 | 409 = 400;
  let elsewhere = 0;

  const toUnits = (text: string): bigint => {
    const [whole = '', fraction = ''] = text.split('.');
    if (!/^\d+$/.test(whole) || !/^\d*$/.test(fraction) || fraction.length > places) {
      throw new KitProblem(400, `"value" is no amount of ${places} places: ${text}`);
    }
    return BigInt(whole + fraction.padEnd(places, '0'));
  };
  const customerOf = (name: string): Customer => {
    const found = [...customers.values()].find(({ id, did }) => id === name || did === name);
    if (found !== undefined) return found;
    if (!/^z[1-9A-HJ-NP-Za-km-z]{10,60}$/.test(name)) throw new KitProblem(404, 'Customer not found');
    const made = { id: `cus_${customers.size + 1}`, did: name };
    customers.set(made.id, made);
    return made;
  };
  const shown = (grant: FakeGrant) => ({
    object: 'credit_grant',
    ...grant,
    currency_id: currencyId,
    livemode: isLive,
    effective_at: 0,
    metadata: {},
    customer: customers.get(grant.customer_id),
  });
  const usableOf = (customerId: string): readonly FakeGrant[] =>
    grants
      .filter((each) => each.customer_id === customerId && each.status === 'granted' && !isOver(each))
      .toSorted((a, b) => a.priority - b.priority || order(a) - order(b) || (a.id < b.id ? -1 : 1));
  const remainingOf = (customerId: string): bigint =>
    sumOf(usableOf(customerId).map((each) => BigInt(each.remaining_amount)));
  const pendingOf = (customerId: string): bigint =>
    sumOf(meterEvents.filter((each) => each.customerId === customerId).map(({ pending }) => pending));

  /** Takes what an event used of the grants that come first, and leaves the rest pending. */
  const consume = (event: FakeMeterEvent): void => {
    for (const grant of usableOf(event.customerId)) {
      const taken = min(event.pending, BigInt(grant.remaining_amount));
      if (taken === 0n) continue;
      grant.remaining_amount = String(BigInt(grant.remaining_amount) - taken);
      if (grant.remaining_amount === '0') grant.status = 'depleted';
      event.pending -= taken;
      event.consumed += taken;
      const id = `cbtxn_${transactions.length + 1}`;
      transactions.push({ id, credit_grant_id: grant.id, credit_amount: String(taken), customer_id: event.customerId });
    }
  };
  const give = async (customerId: string, amount: string, more: Partial<FakeGrant> = {}): Promise<FakeGrant> => {
    const issued = String(toUnits(amount));
    const grant: FakeGrant = {
      id: `cg_${grants.length + 1}`,
      customer_id: customerId,
      category: 'paid',
      name: 'Credits',
      priority: 50,
      expires_at: 0,
      amount: issued,
      remaining_amount: issued,
      status: 'granted',
      created_at: new Date().toISOString(),
      ...more,
    };
    grants.push(grant);
    for (const event of meterEvents) if (event.customerId === customerId && event.pending > 0n) consume(event);
    await happened('customer.credit_grant.granted', shown(grant));
    return grant;
  };
  /** Another program tells the same meter what it used. */
  const useElsewhere = async (customerId: string, value: string): Promise<void> => {
    elsewhere += 1;
    const payload = { customer_id: customerId, value };
    await take({ identifier: `elsewhere-${elsewhere}`, event_name: meter, timestamp: 1_700_000_000, payload });
    const object = { object: 'credit_transaction', id: `cbtxn_${transactions.length}`, customer_id: customerId };
    await happened('customer.credit_transaction.created', object);
  };
  /** What another program used of a grant is not used after all. */
  const giveBack = (id: string, amount: string): void => {
    const grant = grants.find((each) => each.id === id);
    if (grant === undefined) throw new KitProblem(404, 'Credit grant not found');
    grant.remaining_amount = String(BigInt(grant.remaining_amount) + toUnits(amount));
    if (grant.status === 'depleted') grant.status = 'granted';
  };
  const voidGrant = async (id: string): Promise<void> => {
    const grant = grants.find((each) => each.id === id);
    if (grant === undefined) throw new KitProblem(404, 'Credit grant not found');
    grant.status = 'voided';
    await happened('customer.credit_grant.updated', shown(grant));
  };
  const take = async (body: JsonObject) => {
    const { identifier, event_name: name, payload } = body;
    const { customer_id: customer, value } = isJsonObject(payload) ? payload : {};
    if (typeof identifier !== 'string' || identifier.length > 255 || typeof value !== 'string') {
      throw new KitProblem(400, '"payload.value" is required');
    }
    if (typeof body['timestamp'] !== 'number') throw new KitProblem(400, '"timestamp" is required');
    if (meterEvents.some((each) => each.identifier === identifier)) {
      throw new KitProblem(knownStatus, `Event with identifier "${identifier}" already exists`);
    }
    if (name !== meter) throw new KitProblem(400, 'Meter not found');
    const { id: customerId } = customerOf(textOf(customer));
    const event: FakeMeterEvent = { identifier, customerId, value, consumed: 0n, pending: toUnits(value) };
    meterEvents.push(event);
    consume(event);
    const auto = recharges.get(customerId);
    if (auto !== undefined && auto.times > 0 && remainingOf(customerId) < auto.below) {
      recharges.set(customerId, { ...auto, times: auto.times - 1 });
      await give(customerId, auto.amount, { name: 'Auto recharge' });
    }
    return { object: 'meter_event', id: `mevt_${meterEvents.length}`, ...body, livemode: isLive, status: 'pending' };
  };
  const currency = () => ({
    id: currencyId,
    name: 'Credits',
    symbol: 'credits',
    decimal: places,
    type: 'credit',
    recharge_config: recharge,
  });
  const meterShown = () => ({
    id: meterId,
    object: 'meter',
    name: 'AI',
    event_name: meter,
    aggregation_method: 'sum',
    status: 'active',
    unit: 'credits',
    livemode: isLive,
    currency_id: currencyId,
    paymentCurrency: currency(),
  });

  /** One call of the API. */
  const call = async (
    method: string,
    path: string,
    { query, body }: { readonly query: URLSearchParams; readonly body: unknown },
  ): Promise<unknown> => {
    const of = query.get('customer_id') ?? '';
    const sent = isJsonObject(body) ? body : {};
    switch (`${method} ${path}`) {
      case `GET /api/meters/${meter}`:
      case `GET /api/meters/${meterId}`:
        return meterShown();
      case `GET /api/payment-currencies/${currencyId}`:
        return currency();
      case `GET /api/payment-currencies/${currencyId}/recharge-config`:
        return { currency_id: currencyId, recharge_config: recharge };
      case `PUT /api/payment-currencies/${currencyId}/recharge-config`:
        recharge = sent;
        return currency();
      case `GET /api/payment-links/${paymentLink}`:
        return { id: paymentLink, object: 'payment_link', livemode: isLive, active: true, line_items: [] };
      case 'GET /api/credit-grants': {
        const wanted = grants.filter(
          (each) =>
            each.customer_id === customerOf(of).id &&
            (query.get('status') ?? each.status).split(',').includes(each.status),
        );
        return pageOf(wanted.map(shown), query);
      }
      case 'POST /api/credit-grants':
        return shown(
          await give(customerOf(textOf(sent['customer_id'])).id, textOf(sent['amount']), {
            name: textOf(sent['name']),
            category: textOf(sent['category']),
          }),
        );
      case 'GET /api/credit-grants/summary': {
        const usable = usableOf(customerOf(of).id);
        const [totalAmount, remainingAmount] = [
          sumOf(usable.map(({ amount }) => BigInt(amount))),
          sumOf(usable.map((each) => BigInt(each.remaining_amount))),
        ].map(String);
        return {
          [currencyId]: { paymentCurrency: currency(), totalAmount, remainingAmount, grantCount: usable.length },
        };
      }
      case 'GET /api/credit-grants/verify-availability': {
        const auto = recharges.get(customerOf(of).id);
        const isEnough =
          auto !== undefined && auto.times > 0 && toUnits(auto.amount) >= BigInt(query.get('pending_amount') ?? 0);
        return isEnough ? { can_continue: true } : { can_continue: false, reason: 'no auto recharge' };
      }
      case 'GET /api/meter-events/pending-amount':
        return { [currencyId]: String(pendingOf(customerOf(of).id)) };
      case 'POST /api/meter-events':
        return take(sent);
      case 'GET /api/credit-transactions':
        return pageOf(
          transactions.filter((each) => each.customer_id === customerOf(of).id),
          query,
        );
      default:
        return byId(method, path);
    }
  };
  const byId = (method: string, path: string): unknown => {
    const [, folder, id = ''] = /^\/api\/(customers|credit-grants)\/([^/]+)$/.exec(path) ?? [];
    if (method !== 'GET' || folder === undefined) throw new KitProblem(404, `nothing is at ${method} ${path}`);
    if (folder === 'customers') return { object: 'customer', livemode: isLive, ...customerOf(decodeURIComponent(id)) };
    const grant = grants.find((each) => each.id === id);
    if (grant === undefined) throw new KitProblem(404, 'Credit grant not found');
    return shown(grant);
  };
  return {
    meter,
    meterId,
    currencyId,
    paymentLink,
    call,
    give,
    voidGrant,
    useElsewhere,
    giveBack,
    customerOf,
    remainingOf,
    pendingOf,
    grants,
    meterEvents,
    transactions,
    /** Has credit bought by itself, so often, where less than that is left. */
    setRecharge: (did: string, auto: AutoRecharge) => void recharges.set(customerOf(did).id, auto),
    refuseKnownBy: (status: 400 | 409) => {
      knownStatus = status;
    },
    /** What the hub told of a customer, in smallest units: without what other programs used. */
    countedOf: (did: string): bigint =>
      sumOf(
        meterEvents
          .filter(({ customerId, identifier }) => customerId === customerOf(did).id && isOfHub(identifier))
          .map((each) => each.consumed + each.pending),
      ),
  };
}

function pageOf(rows: readonly unknown[], query: URLSearchParams) {
  const [page, size] = [Number(query.get('page') ?? 1), Number(query.get('pageSize') ?? 20)];
  return { count: rows.length, list: rows.slice((page - 1) * size, page * size), paging: { page, pageSize: size } };
}

function isOfHub(identifier: string): boolean {
  return !identifier.startsWith('elsewhere-');
}

/** Never comes last. */
function order({ expires_at: expiresAt }: FakeGrant): number {
  return expiresAt === 0 ? Number.MAX_SAFE_INTEGER : expiresAt;
}

function isOver({ expires_at: expiresAt }: FakeGrant): boolean {
  return expiresAt !== 0 && expiresAt * 1000 <= Date.now();
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function sumOf(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
