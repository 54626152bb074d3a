import { app } from './app.ts';
import { audit } from './audit.ts';
import { errors } from './errors.ts';
import { keys } from './keys.ts';
import { overview } from './overview.ts';
import { providers } from './providers.ts';
import { start } from './start.ts';

/** Every word that the dashboard says in English, a file a page. */
export const en = { app, audit, errors, keys, overview, providers, start } as const;
