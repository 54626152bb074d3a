import { listSettings, type SettingEntry } from '../src/settings/schema.ts';

export const SETTINGS_BEGIN = '<!-- settings: written by tools/write-docs.ts -->';
export const SETTINGS_END = '<!-- end of settings -->';

/** The table of every setting for docs/configuration.md, between its two marks. */
export function renderSettingsTable(): string {
  const rows = listSettings().map(({ path, facts }) => {
    const inFile = facts.inFile ? code(path.join('.')) : '';
    const flag = facts.flag === undefined ? '' : code(`--${facts.flag}`);
    const cells = [
      inFile,
      facts.env.map(code).join(' '),
      flag,
      code(facts.fallbackText),
      facts.doc,
      cell(facts.accepts),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const head = '| hub.yaml | Environment | Flag | Default | Meaning | Accepts |\n| --- | --- | --- | --- | --- | --- |';
  return `${SETTINGS_BEGIN}\n\n${head}\n${rows.join('\n')}\n\n${SETTINGS_END}`;
}

/** Puts a fresh table between the marks of a document. @throws Error when the marks are missing */
export function withSettingsTable(document: string): string {
  const begin = document.indexOf(SETTINGS_BEGIN);
  const end = document.indexOf(SETTINGS_END);
  if (begin === -1 || end < begin) throw new Error('docs/configuration.md has lost the marks around its table');
  return document.slice(0, begin) + renderSettingsTable() + document.slice(end + SETTINGS_END.length);
}

const EXAMPLE_HEAD = `# Settings of AIGNE Hub as environment variables; docs/configuration.md explains each, and hub.yaml can hold most of
# them. Everything has a default that works. Secrets of the hub itself are made at first start and need not stand here.
#
# The path of hub.yaml, when it is neither in the working directory nor in the data directory:
# HUB_CONFIG=

`;

const EXAMPLE_PROVIDERS = `
# Providers that connect themselves when their variable is set. The catalogue knows more of them.
# OPENAI_API_KEY=
# ANTHROPIC_API_KEY=
# GEMINI_API_KEY=
# DEEPSEEK_API_KEY=
# XAI_API_KEY=
# OPENROUTER_API_KEY=
# ARK_API_KEY=
# POE_API_KEY=
# AWS_BEARER_TOKEN_BEDROCK=
# AWS_ACCESS_KEY_ID=
# AWS_SECRET_ACCESS_KEY=
# AWS_REGION=
# OLLAMA_HOST=127.0.0.1:11434
`;

/** The text of .env.example: every variable of every setting, commented out, with its default. */
export function renderEnvExample(): string {
  const blocks = listSettings().flatMap(({ facts }: SettingEntry) => {
    const [name] = facts.env;
    if (name === undefined) return [];
    const fallback = facts.fallbackText.startsWith('<') || facts.fallbackText === 'none' ? '' : facts.fallbackText;
    return [`# ${facts.doc}\n${facts.env.map((variable) => `# ${variable}=${fallback}`).join('\n')}\n`];
  });
  return EXAMPLE_HEAD + blocks.join('\n') + EXAMPLE_PROVIDERS;
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
