import type { ErrorEntry } from './error-entry.ts';

/** The part of the catalogue that is about buying credit. */
export const PAYMENT_ERRORS = {
  'payment.unavailable': {
    status: 409,
    retryable: false,
    message: 'Credits cannot be bought this way here.',
    remedy: 'Choose another way to pay, or ask an operator.',
  },
  'payment.refused': {
    status: 502,
    retryable: true,
    message: 'The payment service does not answer, or refuses.',
    remedy: 'Try again later. An operator finds the reason in the hub’s log.',
  },
  'payment.event_unverified': {
    status: 400,
    retryable: false,
    message: 'The message is not signed by the payment service, or was signed too long ago.',
    remedy: 'Set the signing secret that belongs to this address, and check the hub’s clock.',
  },
  'payment.event_forged': {
    status: 401,
    retryable: false,
    message: 'The message bears a signature that is not the payment service’s, or one whose time is over.',
    remedy:
      'Set the key that the service signs with, have it call the address that the hub shows, and check the hub’s clock.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
