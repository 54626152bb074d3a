/** Credit that Payment Kit sells; see migrations 0027 and 0033. */

export type KitPlaceTable = { id: string; seal: number; began_at: number };

export type KitCustomerTable = {
  place: string;
  organization_id: string;
  customer_id: string;
  did: string;
  untold_nano: number;
  next_check_at: number;
  checks: number;
  checked_at: number | null;
};

export type KitUsageTable = {
  id: string;
  place: string;
  organization_id: string;
  customer_id: string;
  meter: string;
  value_nano: number;
  made_at: number;
  state: string;
  tries: number;
  next_try_at: number;
  delivered_at: number | null;
  problem: string | null;
};

export type PaymentKitTables = {
  payment_kit_places: KitPlaceTable;
  payment_kit_customers: KitCustomerTable;
  payment_kit_usage: KitUsageTable;
};
