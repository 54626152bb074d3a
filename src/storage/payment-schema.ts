/** Purchases of credit and the services that take the money; see migration 0021. */

export type PaymentAccountTable = {
  /** The method's name. */
  id: string;
  mode: string;
  enabled: number;
  sealed: string;
  key_version: number | null;
  address: string;
  masked_key: string;
  settings: string | null;
  updated_at: number;
  revision: number;
};

export type PurchaseTable = {
  id: string;
  organization_id: string;
  cause: string;
  method: string;
  mode: string;
  name: string;
  currency: string;
  amount_minor: number;
  credits_nano: number;
  state: string;
  session_id: string | null;
  customer_id: string | null;
  card_id: string | null;
  payment_id: string | null;
  grant_id: string;
  grant_expires_at: number | null;
  granted: number;
  returned_minor: number;
  refunded_minor: number;
  noted_minor: number;
  reversed_nano: number;
  reversals: number;
  buyer_id: string | null;
  created_at: number;
  paid_at: number | null;
  next_check_at: number | null;
  checks: number;
};

export type AutoTopUpTable = {
  organization_id: string;
  method: string;
  mode: string;
  enabled: number;
  below_nano: number;
  currency: string;
  amount_minor: number;
  day_most_minor: number;
  setup_session_id: string | null;
  customer_id: string | null;
  card_id: string | null;
  card_label: string | null;
  stopped_by: string | null;
  set_by: string | null;
  updated_at: number;
  revision: number;
};

export type PaymentEventTable = {
  id: string;
  method: string;
  event_id: string;
  type: string;
  mode: string;
  purchase_id: string | null;
  outcome: string;
  received_at: number;
};

export type CreditNoteTable = {
  number: number;
  organization_id: string;
  purchase_id: string;
  currency: string;
  amount_minor: number;
  credits_nano: number;
  issued_at: number;
  /** What it says besides, as JSON. */
  document: string;
};

export type PaymentTables = {
  payment_accounts: PaymentAccountTable;
  purchases: PurchaseTable;
  auto_top_ups: AutoTopUpTable;
  payment_events: PaymentEventTable;
  credit_notes: CreditNoteTable;
};
