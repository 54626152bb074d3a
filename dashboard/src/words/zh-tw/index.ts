import type { ApiWords } from '../api-text.ts';
import type { Words } from '../index.ts';
import { apiErrors } from './api-errors.ts';
import { apiSentences } from './api-sentences.ts';
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

/** API 錯誤的說明。 */
export const zhTwApi: ApiWords = { errors: apiErrors, sentences: apiSentences };

/** 正體中文（臺灣）。 */
export const zhTw: Words = {
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
};
