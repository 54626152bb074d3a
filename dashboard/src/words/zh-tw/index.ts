import type { Words } from '../index.ts';
import { app } from './app.ts';
import { audit } from './audit.ts';
import { errors } from './errors.ts';
import { keys } from './keys.ts';
import { overview } from './overview.ts';
import { providers } from './providers.ts';
import { start } from './start.ts';

/** 正體中文（臺灣）。 */
export const zhTw: Words = { app, audit, errors, keys, overview, providers, start };
