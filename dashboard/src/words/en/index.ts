import { app } from './app.ts';
import { errors } from './errors.ts';
import { keys } from './keys.ts';
import { organization } from './organization.ts';
import { overview } from './overview.ts';
import { start } from './start.ts';
import { system } from './system.ts';

/** Every word that the dashboard says in English, a file a page. */
export const en = { app, errors, keys, organization, overview, start, system } as const;
