import { app } from './app.ts';
import { errors } from './errors.ts';
import { keys } from './keys.ts';
import { overview } from './overview.ts';
import { playground } from './playground.ts';
import { providers } from './providers.ts';
import { start } from './start.ts';
import { usage } from './usage.ts';

/** Every word that the dashboard says in English, a file a page. */
export const en = { app, errors, keys, overview, playground, providers, start, usage } as const;
