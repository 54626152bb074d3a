import type { Job } from '../jobs/scheduler.ts';
import { createKeyedDigest, type KeyedDigest } from '../kernel/keyed-digest.ts';
import { PROMOTIONAL_PRIORITY } from '../ledger/credit-service.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Logger } from '../observability/logger.ts';
import type { AccountsInput } from './accounts.ts';
import type { Core } from './core.ts';

const MINUTE_MS = 60_000;

/** Tells persons apart who were given something, without saying who they are. */
export function createStarterDigest(secret: Uint8Array): KeyedDigest {
  return createKeyedDigest(secret, 'aigne-hub starter credits');
}

type Starters = {
  readonly isCharging: () => boolean;
  readonly logger: Pick<Logger, 'warn'>;
  readonly digest: KeyedDigest;
  readonly ledger: Pick<Ledger, 'do'>;
};

/** What who signs up is given to begin with: a grant whose id was written down with their organization. */
export function startersOf({ isCharging, logger, digest, ledger }: Starters): NonNullable<AccountsInput['starter']> {
  return {
    digest,
    isOffered: isCharging,
    give: async ({ id, organizationId, name, amountNano, expiresAt }) => {
      await ledger.do({
        kind: 'give',
        id,
        organizationId,
        accountId: `organization/${organizationId}`,
        grantKind: 'promotional',
        name,
        amountNano,
        priority: PROMOTIONAL_PRIORITY,
        expiresAt,
        models: undefined,
        projectIds: undefined,
        actorId: undefined,
        reason: 'sign-up',
      });
    },
    onLate: (error) => logger.warn({ err: error }, 'credit to begin with could not be given yet; it is tried again'),
  };
}

/** What could not be given at once, or was about to be when a process died. */
export function starterJobs({ people }: Pick<Core, 'people'>): readonly Job[] {
  const { starterCredits } = people;
  if (starterCredits === undefined) return [];
  return [{ name: 'starter-credits.give', everyMs: MINUTE_MS, run: () => starterCredits.giveWaiting() }];
}
