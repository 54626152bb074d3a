/** Writes what the documentation takes from the code: `node tools/write-docs.ts`. Tests fail while it is out of date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderErrors } from './render-errors.ts';
import { renderEnvExample, withSettingsTable } from './render-settings.ts';

const root = join(import.meta.dirname, '..');
const configuration = join(root, 'docs', 'configuration.md');

writeFileSync(join(root, 'docs', 'errors.md'), renderErrors());
writeFileSync(join(root, '.env.example'), renderEnvExample());
writeFileSync(configuration, withSettingsTable(readFileSync(configuration, 'utf8')));
