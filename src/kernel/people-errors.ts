import type { ErrorEntry } from './error-entry.ts';

/** The part of the catalogue that is about people: how they get in, and what they may do. */
export const PEOPLE_ERRORS = {
  'auth.required': {
    status: 401,
    retryable: false,
    message: 'This is for people who are signed in, and for programs with a key.',
    remedy:
      'Sign in, or send a management key or the admin token as `Authorization: Bearer …`; `aigne-hub admin token` makes a new one on the hub’s machine.',
  },
  'auth.cross_site': {
    status: 403,
    retryable: false,
    message: 'The request was begun by another site’s page.',
    remedy: 'Open the hub’s own page and try again there. Programs send a management key and no cookie.',
  },
  'auth.sign_in_failed': {
    status: 401,
    retryable: false,
    message: 'The address or the password is wrong.',
    remedy: 'Check both, or set a new password by `Forgot your password?`.',
  },
  'auth.throttled': {
    status: 429,
    retryable: true,
    message: 'There were too many attempts.',
    remedy: 'Wait as long as `Retry-After` says, then try again.',
  },
  'auth.address_unverified': {
    status: 403,
    retryable: false,
    message: 'The mail address is not verified yet.',
    remedy: 'Open the link in the mail that was sent to it, or ask for another one.',
  },
  'auth.awaiting_approval': {
    status: 403,
    retryable: false,
    message: 'The account waits for an operator’s approval.',
    remedy: 'You are told by mail when it is approved.',
  },
  'auth.account_ended': {
    status: 403,
    retryable: false,
    message: 'The account is suspended or closed.',
    remedy: 'Ask whoever runs this hub.',
  },
  'auth.link_invalid': {
    status: 400,
    retryable: false,
    message: 'The link was used already, is too old, or never was one.',
    remedy: 'Ask for a new one.',
  },
  'auth.sign_up_closed': {
    status: 403,
    retryable: false,
    message: 'Accounts are made by invitation here, or for other mail domains.',
    remedy: 'Ask whoever runs this hub for an invitation.',
  },
  'auth.single_sign_on_required': {
    status: 403,
    retryable: false,
    message: 'People of this mail domain sign in with their organization’s own sign-in.',
    remedy: 'Choose that on the sign-in page.',
  },
  'auth.insecure_transport': {
    status: 403,
    retryable: false,
    message: 'Passwords and sessions are not taken over plain HTTP from another machine.',
    remedy: 'Turn TLS on: `--tls-self-signed` for a trial, else see docs/how-to/tls-and-proxies.md.',
  },
  'guest.limit_reached': {
    status: 429,
    retryable: true,
    message: 'Visitors may not ask for more right now.',
    remedy: 'Wait as long as `Retry-After` says, or sign in.',
  },
  'guest.unknown_visitor': {
    status: 403,
    retryable: false,
    message: 'The page that this was sent from is too old, or the browser keeps no cookies.',
    remedy: 'Open the page anew, with cookies allowed.',
  },
  'guest.refused': {
    status: 400,
    retryable: false,
    message: 'The model does not take this conversation.',
    remedy: 'Shorten or change it, or begin a new one.',
  },
  'guest.unavailable': {
    status: 503,
    retryable: true,
    message: 'The model cannot answer visitors right now.',
    remedy: 'Choose another model, or try again later.',
  },
  'access.denied': {
    status: 403,
    retryable: false,
    message: 'Your role does not allow this.',
    remedy: 'Ask an owner or admin of the organization, or whoever runs this hub for what is the installation’s.',
  },
  'organization.not_active': {
    status: 403,
    retryable: false,
    message: 'The organization is suspended or closed.',
    remedy: 'Ask whoever runs this hub.',
  },
  'charging.incomplete': {
    status: 409,
    retryable: false,
    message: 'Something is missing before calls can be paid for with credit.',
    remedy: 'Lay down first what `details.missing` names.',
  },
  'offer.not_publishable': {
    status: 409,
    retryable: false,
    message: 'Customers could not call that model, so it is not published.',
    remedy: 'Set a price wherever it is served, or publish first what the alias stands for; `details` says which.',
  },
  'mail.no_server': {
    status: 409,
    retryable: false,
    message: 'No mail server is set, so mails are shown on the hub’s console and not sent.',
    remedy: 'Set HUB_SMTP_URL and HUB_MAIL_FROM, then start the hub again: docs/how-to/send-mail.md.',
  },
  'mail.not_sent': {
    status: 502,
    retryable: false,
    message: 'The mail server did not take the mail.',
    remedy: 'See what it said, and `aigne-hub doctor` on the hub’s machine.',
  },
  'sso.disabled': {
    status: 403,
    retryable: false,
    message: 'This way to sign in is switched off.',
    remedy: 'Sign in another way, or ask an administrator.',
  },
  'sso.state_invalid': {
    status: 400,
    retryable: false,
    message: 'This sign-in was not begun in this browser, took too long, or was finished already.',
    remedy: 'Begin again from the sign-in page.',
  },
  'sso.refused': {
    status: 403,
    retryable: false,
    message: 'The sign-in provider did not let you in.',
    remedy: 'Begin again, and agree where the provider asks; ask its administrator if it stays.',
  },
  'sso.email_unverified': {
    status: 403,
    retryable: false,
    message: 'The sign-in provider does not prove a mail address of yours.',
    remedy: 'Verify your address at the provider, or ask for an invitation.',
  },
  'sso.provider_unreachable': {
    status: 502,
    retryable: true,
    message: 'The sign-in provider does not answer.',
    remedy: 'Try again; if it stays, see the provider’s status page.',
  },
  'sso.invalid_answer': {
    status: 502,
    retryable: false,
    message: 'The sign-in provider’s answer cannot be trusted.',
    remedy: 'Begin again; an administrator can look with a test of the connection.',
  },
  'sso.misconfigured': {
    status: 502,
    retryable: false,
    message: 'This way to sign in is not set up as its provider needs it.',
    remedy: 'An administrator has to mend the connection; a test of it says what is wrong.',
  },
} as const satisfies Record<string, ErrorEntry>;
