import type { Words } from '../index.ts';
import { app } from './app.ts';
import { errors } from './errors.ts';
import { keys } from './keys.ts';
import { organization } from './organization.ts';
import { overview } from './overview.ts';
import { start } from './start.ts';
import { system } from './system.ts';

/** 正體中文（臺灣）。 */
export const zhTw: Words = { app, errors, keys, organization, overview, start, system };
