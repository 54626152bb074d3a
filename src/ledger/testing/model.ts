/**
 * What the ledger is to do, in as few words as can be: whole numbers, lists, one thing at a time. The real one is
 * compared with it.
 */
export type ModelOperation =
  | {
      readonly kind: 'give';
      readonly account: string;
      readonly amount: number;
      readonly priority: number;
      readonly expiresIn: number | undefined;
      readonly model: string | undefined;
    }
  | {
      readonly kind: 'place';
      readonly hold: number;
      readonly path: readonly string[];
      readonly model: string;
      readonly most: number;
      readonly least: number;
      readonly left: boolean;
      readonly ttl: number;
    }
  | { readonly kind: 'raise'; readonly hold: number; readonly most: number; readonly least: number }
  | { readonly kind: 'dispatch'; readonly hold: number }
  | { readonly kind: 'renew'; readonly hold: number; readonly ttl: number }
  | { readonly kind: 'await'; readonly hold: number; readonly ttl: number; readonly fallback: number }
  | {
      readonly kind: 'end';
      readonly hold: number;
      readonly state: 'settled' | 'estimated' | 'released';
      readonly amount: number;
    }
  | { readonly kind: 'sweep'; readonly hold: number }
  | { readonly kind: 'expire'; readonly grant: number }
  | { readonly kind: 'refund'; readonly hold: number; readonly refund: number; readonly amount: number }
  | { readonly kind: 'withdraw'; readonly account: string; readonly amount: number }
  | { readonly kind: 'reverse'; readonly grant: number; readonly reversal: number; readonly amount: number }
  | { readonly kind: 'mirror'; readonly grant: number; readonly isAgain: boolean; readonly amount: number }
  | { readonly kind: 'tick'; readonly ms: number };

type ModelGrant = {
  readonly account: string;
  /** What each reversal took. */
  readonly reversals: number[];
  usedElsewhere: number;
  left: number;
  held: number;
  readonly priority: number;
  readonly expiresAt: number;
  readonly model: string | undefined;
};
type Taken = { readonly grant: ModelGrant; nano: number };
type ModelHold = {
  readonly path: readonly string[];
  readonly model: string;
  amount: number;
  fallback: number;
  shares: Taken[];
  left: boolean;
  until: number;
  waits: boolean;
};
type ModelCharge = {
  readonly path: readonly string[];
  readonly held: number;
  readonly presumed: boolean;
  corrected: boolean;
  readonly refunds: Set<number>;
  /** What is taken of each grant now. */
  readonly taken: Taken[];
  /** What each account was charged, and what of it was given back. */
  readonly paid: Map<string, number>;
  readonly refunded: Map<string, number>;
};

export class Model {
  now: number;
  readonly grants: ModelGrant[] = [];
  readonly holds = new Map<number, ModelHold>();
  readonly charges = new Map<number, ModelCharge>();
  readonly accounts = new Set<string>();
  /** How often something was used elsewhere, by accounts. */
  readonly mirrored = new Map<string, number>();

  constructor(now: number) {
    this.now = now;
  }

  /** What the operation comes to, as one line. */
  run(operation: ModelOperation): string {
    switch (operation.kind) {
      case 'tick':
        this.now += operation.ms;
        return 'tick';
      case 'give': {
        const { account, amount, priority, expiresIn, model } = operation;
        const expiresAt = expiresIn === undefined ? Number.POSITIVE_INFINITY : this.now + expiresIn;
        this.accounts.add(account);
        const untouched = { usedElsewhere: 0, left: amount, held: 0, reversals: [] };
        this.grants.push({ account, ...untouched, priority, expiresAt, model });
        return 'given';
      }
      case 'place': {
        if (this.holds.has(operation.hold)) return `held ${this.holds.get(operation.hold)?.amount}`;
        if (this.charges.has(operation.hold)) return 'ended';
        const path = operation.path.filter(
          (account) => this.accounts.has(account) || account.startsWith('organization'),
        );
        const short = this.shortage(path, operation.model, operation.least);
        if (short !== undefined) return short;
        const amount = Math.min(operation.most, ...path.map((account) => this.free(account, operation.model)));
        const shares = path.flatMap((account) => this.take(account, operation.model, amount));
        for (const share of shares) share.grant.held += share.nano;
        const fallback = Math.min(Math.floor(operation.least / 2), amount);
        this.holds.set(operation.hold, {
          path,
          model: operation.model,
          amount,
          fallback,
          shares,
          left: operation.left,
          until: this.now + operation.ttl,
          waits: false,
        });
        return `held ${amount}`;
      }
      case 'raise': {
        const hold = this.holds.get(operation.hold);
        if (hold === undefined) return 'gone';
        const more = operation.most - hold.amount;
        if (more > 0) {
          const { path } = hold;
          const short = this.shortage(path, hold.model, Math.max(0, operation.least - hold.amount));
          if (short !== undefined) return short;
          const extra = Math.min(more, ...path.map((account) => this.free(account, hold.model)));
          for (const share of path.flatMap((account) => this.take(account, hold.model, extra))) {
            share.grant.held += share.nano;
            const known = hold.shares.find(({ grant }) => grant === share.grant);
            if (known === undefined) hold.shares.push(share);
            else known.nano += share.nano;
          }
          hold.amount += extra;
        }
        hold.fallback = Math.min(Math.floor(operation.least / 2), hold.amount);
        return `held ${hold.amount}`;
      }
      case 'dispatch': {
        const hold = this.holds.get(operation.hold);
        if (hold === undefined) return 'gone';
        hold.left = true;
        return 'dispatched';
      }
      case 'renew': {
        const hold = this.holds.get(operation.hold);
        if (hold === undefined) return 'gone';
        if (!hold.waits) hold.until = this.now + operation.ttl;
        return 'renewed';
      }
      case 'await': {
        const hold = this.holds.get(operation.hold);
        if (hold === undefined) return 'gone';
        if (hold.waits) return 'awaiting';
        hold.waits = true;
        hold.until = this.now + operation.ttl;
        hold.fallback = Math.min(operation.fallback, hold.amount);
        return 'awaiting';
      }
      case 'end':
        return this.end(operation.hold, operation.state === 'released' ? 0 : operation.amount, false);
      case 'sweep': {
        const hold = this.holds.get(operation.hold);
        if (hold === undefined) return 'gone';
        if (hold.until > this.now) return 'alive';
        return this.end(operation.hold, hold.left ? hold.fallback : 0, hold.left);
      }
      case 'expire': {
        const grant = this.grants[operation.grant];
        return grant === undefined ? 'no grant' : `expired ${this.expire(grant)}`;
      }
      case 'refund': {
        const charge = this.charges.get(operation.hold);
        if (charge === undefined) return 'unknown';
        if (charge.refunds.has(operation.refund)) return 'known';
        const paid = [...charge.paid].map(([account, nano]) => nano - (charge.refunded.get(account) ?? 0));
        const most = paid.length === 0 ? 0 : Math.min(...paid);
        if (operation.amount > most) return `too much ${most}`;
        charge.refunds.add(operation.refund);
        for (const account of charge.paid.keys())
          add(charge.refunded, account, this.giveBack(charge, account, operation.amount));
        return 'refunded';
      }
      case 'withdraw': {
        if (!this.accounts.has(operation.account)) return 'no account';
        const short = this.shortage([operation.account], undefined, operation.amount);
        if (short !== undefined) return short;
        for (const { grant, nano } of this.take(operation.account, undefined, operation.amount)) grant.left -= nano;
        return 'withdrawn';
      }
      case 'reverse': {
        const grant = this.grants[operation.grant];
        if (grant === undefined) return 'unknown';
        const reversal = this.reversalOf(operation);
        const before = grant.reversals.filter((_, number) => number <= reversal);
        const total = before.reduce((all, each) => all + each, 0);
        if (grant.reversals[reversal] !== undefined) return `reversed ${total}`;
        const more = Math.min(operation.amount - total, grant.left - grant.held);
        if (more !== 0) grant.reversals[reversal] = more;
        grant.left -= more;
        if (more !== 0) this.expire(grant);
        return `reversed ${total + more}`;
      }
      case 'mirror':
        return this.mirror(operation);
    }
  }

  private mirror({ grant: number, isAgain, amount }: ModelOperation & { readonly kind: 'mirror' }): string {
    const grant = this.grants[number];
    if (grant === undefined) return 'mirrored 0';
    const known = this.mirrored.get(grant.account) ?? 0;
    if (isAgain && known > 0) return 'known';
    if (grant.expiresAt <= this.now) return 'mirrored 0';
    const moved = amount < 0 ? -Math.min(-amount, grant.left - grant.held) : Math.min(amount, grant.usedElsewhere);
    grant.left += moved;
    grant.usedElsewhere -= moved;
    if (moved !== 0) this.mirrored.set(grant.account, known + 1);
    return `mirrored ${moved}`;
  }

  /** How many entries about what was used elsewhere the one who asks has counted. */
  mirroredOf({ grant, isAgain }: { readonly grant: number; readonly isAgain: boolean }): number {
    const known = this.mirrored.get(this.grants[grant]?.account ?? '') ?? 0;
    return isAgain ? Math.max(known - 1, 0) : known;
  }

  /** Whoever reverses counts without a gap: one that is asked for again, or the next. */
  reversalOf({ grant, reversal }: { readonly grant: number; readonly reversal: number }): number {
    return Math.min(reversal, this.grants[grant]?.reversals.length ?? 0);
  }

  balance(account: string): string {
    const grants = this.grants.filter((grant) => grant.account === account);
    const sum = (of: (grant: ModelGrant) => number): number => grants.reduce((all, grant) => all + of(grant), 0);
    return `${sum(({ left }) => left)} held ${sum(({ held }) => held)}`;
  }

  private end(id: number, used: number, presumed: boolean): string {
    const hold = this.holds.get(id);
    if (hold === undefined) return this.endAgain(id, used);
    const amount = Math.min(used, hold.amount);
    const charge: ModelCharge = {
      path: hold.path,
      held: hold.amount,
      presumed,
      corrected: false,
      refunds: new Set(),
      taken: [],
      paid: new Map(),
      refunded: new Map(),
    };
    this.holds.delete(id);
    this.charges.set(id, charge);
    for (const account of hold.path) {
      let open = amount;
      for (const { grant, nano } of hold.shares.filter((share) => share.grant.account === account)) {
        const part = Math.min(nano, open);
        open -= part;
        grant.held -= nano;
        grant.left -= part;
        if (part > 0) charge.taken.push({ grant, nano: part });
        this.expire(grant);
      }
      if (amount > 0) charge.paid.set(account, amount);
    }
    return `ended ${amount}`;
  }

  private endAgain(id: number, used: number): string {
    const charge = this.charges.get(id);
    if (charge === undefined) return 'unknown';
    if (charge.presumed && !charge.corrected) {
      const wanted = Math.min(used, charge.held);
      for (const account of charge.path) {
        const paid = charge.paid.get(account) ?? 0;
        const change =
          paid > wanted
            ? -this.giveBack(charge, account, paid - wanted)
            : this.takeMore(charge, account, wanted - paid);
        if (change === 0) continue;
        charge.corrected = true;
        add(charge.paid, account, change);
      }
    }
    return `ended ${charge.paid.get(charge.path[0] ?? '') ?? 0}`;
  }

  private takeMore(charge: ModelCharge, account: string, amount: number): number {
    let sum = 0;
    for (const { grant, nano } of this.take(account, undefined, amount)) {
      grant.left -= nano;
      sum += nano;
      const known = charge.taken.find((share) => share.grant === grant);
      if (known === undefined) charge.taken.push({ grant, nano });
      else known.nano += nano;
    }
    return sum;
  }

  private giveBack(charge: ModelCharge, account: string, amount: number): number {
    let open = amount;
    const shares = charge.taken.filter(({ grant }) => grant.account === account);
    for (const share of shares.toSorted((a, b) => this.order(b.grant, a.grant))) {
      const part = Math.min(share.nano, open);
      open -= part;
      share.nano -= part;
      share.grant.left += part;
      if (part > 0) this.expire(share.grant);
    }
    return amount - open;
  }

  private order(a: ModelGrant, b: ModelGrant): number {
    if (a.priority !== b.priority) return a.priority - b.priority;
    if (a.expiresAt !== b.expiresAt) return a.expiresAt - b.expiresAt;
    return this.grants.indexOf(a) - this.grants.indexOf(b);
  }

  private usable(account: string, model: string | undefined): ModelGrant[] {
    return this.grants
      .filter((grant) => grant.account === account && grant.expiresAt > this.now)
      .filter((grant) => model === undefined || grant.model === undefined || grant.model === model)
      .toSorted((a, b) => this.order(a, b));
  }

  private free(account: string, model: string | undefined): number {
    return this.usable(account, model).reduce((sum, { left, held }) => sum + left - held, 0);
  }

  private take(account: string, model: string | undefined, amount: number): Taken[] {
    let open = amount;
    const taken: Taken[] = [];
    for (const grant of this.usable(account, model)) {
      const nano = Math.min(grant.left - grant.held, open);
      open -= nano;
      if (nano > 0) taken.push({ grant, nano });
    }
    return taken;
  }

  private shortage(path: readonly string[], model: string | undefined, least: number): string | undefined {
    const lacking = path.filter((account) => this.free(account, model) < least);
    if (lacking.length === 0) return undefined;
    const isOut = lacking.some(
      (account) => this.usable(account, model).reduce((sum, { left }) => sum + left, 0) < least,
    );
    return isOut ? 'short out' : 'short held';
  }

  private expire(grant: ModelGrant): number {
    const free = grant.left - grant.held;
    if (grant.expiresAt > this.now || free <= 0) return 0;
    grant.left -= free;
    return free;
  }
}

function add(sums: Map<string, number>, account: string, amount: number): void {
  sums.set(account, (sums.get(account) ?? 0) + amount);
}
