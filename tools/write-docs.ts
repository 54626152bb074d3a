/** Writes what the documentation takes from the code: `node tools/write-docs.ts`. Tests fail while it is out of date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROVIDER_CASES } from '../test/e2e/providers/index.ts';
import { asDocument, renderApiTypes } from './render-api-types.ts';
import { renderErrors } from './render-errors.ts';
import { withProviderTables } from './render-providers.ts';
import { renderEnvExample, withSettingsTable } from './render-settings.ts';

const root = join(import.meta.dirname, '..');
const configuration = join(root, 'docs', 'configuration.md');

writeFileSync(join(root, 'docs', 'errors.md'), renderErrors());
writeFileSync(join(root, '.env.example'), renderEnvExample());
writeFileSync(
  join(root, 'dashboard', 'src', 'api', 'types.ts'),
  renderApiTypes(asDocument(readFileSync(join(root, 'openapi', 'control.json'), 'utf8'))),
);
writeFileSync(configuration, withSettingsTable(readFileSync(configuration, 'utf8')));
for (const provider of PROVIDER_CASES) {
  const page = join(root, 'docs', 'providers', `${provider.entry}.md`);
  writeFileSync(page, withProviderTables(readFileSync(page, 'utf8'), provider));
}
