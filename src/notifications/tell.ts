import type { NewWireId } from '../kernel/ids.ts';
import type { ConfigurationState } from '../protocol/configuration.ts';
import type { Role } from '../protocol/people.ts';
import { kindOf, type NotificationWords } from './catalogue.ts';
import { FAILING, findEpisodes } from './episodes.ts';
import type { MailReader, NotificationStore } from './ports.ts';

const MAILED_AT_ONCE_MAX = 100;
/** How long notifications and deliveries are kept. */
const KEPT_MS = 90 * 24 * 60 * 60_000;

export type TellInput = {
  readonly store: NotificationStore;
  readonly configuration: {
    readonly version: () => Promise<number>;
    readonly load: () => Promise<Pick<ConfigurationState, 'version' | 'connections' | 'credentials' | 'models'>>;
  };
  readonly permissionsOf: (role: Role) => { readonly has: (permission: string) => boolean };
  readonly mail: (
    to: MailReader,
    words: { readonly en: NotificationWords; readonly 'zh-TW': NotificationWords },
    organizationId: string,
  ) => void;
  readonly newId: NewWireId;
  readonly now: () => number;
};

export type Teller = {
  /** Raises what the configuration says that nobody was told of, and mails what was raised. */
  readonly run: () => Promise<void>;
  readonly removeOld: () => Promise<void>;
};

export function createTeller(input: TellInput): Teller {
  const { store, configuration, newId, now } = input;
  let seen: number | undefined;
  return {
    run: async () => {
      const version = await configuration.version();
      if (version !== seen) {
        const state = await configuration.load();
        const held = await store.held(FAILING);
        await store.raise(findEpisodes(state, { now: now(), held, newId }), () => newId('whd'));
        seen = state.version;
      }
      await mailAll(input);
    },
    removeOld: () => store.removeBefore(now() - KEPT_MS),
  };
}

/** Marked once its mails are in the outbox: a stop in between has them sent twice rather than never. */
async function mailAll({ store, permissionsOf, mail, now }: TellInput): Promise<void> {
  for (const notification of await store.unmailed(MAILED_AT_ONCE_MAX)) {
    const kind = kindOf(notification.kind);
    // One of a newer hub waits for that hub.
    if (kind === undefined) continue;
    const words = kind.words(notification.data);
    for (const reader of await store.mailReaders(notification.organizationId)) {
      const isTold = permissionsOf(reader.role).has(kind.permission) && !reader.mutedKinds.includes(notification.kind);
      if (isTold) mail(reader, words, notification.organizationId);
    }
    await store.noteMailed(notification.id, now());
  }
}
