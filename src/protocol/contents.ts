import type { Tenant } from './tenant.ts';

/** Longest that anybody may have contents kept. */
export const CONTENT_DAYS_MAX = 90;
/** Projects that a policy names at most. */
export const CONTENT_PROJECTS_MAX = 100;

/** Whether an organization has the hub store what is said in its requests, for how long, and what is struck out first. */
export type ContentPolicy = {
  readonly organizationId: string;
  readonly stores: boolean;
  readonly keepDays: number;
  /** Whether secrets and what says who somebody is are struck out before anything is stored. */
  readonly redacts: boolean;
  /** The projects whose requests are stored; `undefined`: all. */
  readonly projectIds: readonly string[] | undefined;
  /** Counts the changes, from 1. */
  readonly revision: number;
};

/** The policy of an organization that never said anything. */
export const NO_CONTENT_POLICY = {
  stores: false,
  keepDays: 7,
  redacts: true,
  projectIds: undefined,
  revision: 1,
} as const satisfies Omit<ContentPolicy, 'organizationId'>;

/** What holds for the content of one project's requests, where it is stored at all. */
export type ContentRule = Pick<ContentPolicy, 'keepDays' | 'redacts'>;

/** Why one side of a request was not stored. */
export type NotStored = 'nothing_sent' | 'not_text' | 'too_large' | 'unreadable';

/** One side of a request as it is stored. `bytes` is what went over the wire. */
export type ContentSide = { readonly mediaType: string | undefined; readonly bytes: number } & (
  | { readonly text: string; readonly isCut: boolean }
  | { readonly notStored: NotStored }
);

/** What the caller sent, and what the caller was given. */
export type RequestContent = {
  readonly isRedacted: boolean;
  readonly request: ContentSide;
  readonly answer: ContentSide;
};

/** Content in the store: sealed, under the id of its usage record. */
export type ContentRow = Tenant & {
  readonly id: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly sealed: string;
};
