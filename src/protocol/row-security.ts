/**
 * Whether the database itself keeps organizations apart, beside the condition that every query carries. It is `absent`
 * where the store has neither roles nor policies: SQLite, which one hub alone opens.
 */
export type RowSecurity =
  | { readonly state: 'on' | 'absent' }
  | {
      readonly state: 'off';
      /** A sentence for the operator. */
      readonly reason: string;
      /** What turns it on. */
      readonly remedy: string;
    };
