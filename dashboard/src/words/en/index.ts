import { app } from './app.ts';
import { audit } from './audit.ts';
import { cache } from './cache.ts';
import { credit } from './credit.ts';
import { errors } from './errors.ts';
import { guardrails } from './guardrails.ts';
import { keys } from './keys.ts';
import { limits } from './limits.ts';
import { models } from './models.ts';
import { notifications } from './notifications.ts';
import { organization } from './organization.ts';
import { overview } from './overview.ts';
import { playground } from './playground.ts';
import { prices } from './prices.ts';
import { providers } from './providers.ts';
import { requests } from './requests.ts';
import { routes } from './routes.ts';
import { savings } from './savings.ts';
import { selling } from './selling.ts';
import { start } from './start.ts';
import { system } from './system.ts';
import { usage } from './usage.ts';

/** Every word that the dashboard says in English, a file a page. */
export const en = {
  app,
  audit,
  credit,
  errors,
  guardrails,
  keys,
  cache,
  limits,
  models,
  notifications,
  organization,
  overview,
  playground,
  prices,
  providers,
  requests,
  routes,
  savings,
  selling,
  start,
  system,
  usage,
} as const;
