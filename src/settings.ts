/**
 * The settings of the process: command-line flags over environment over hub.yaml over defaults, parsed once by one
 * schema. A start either gets settings in which everything is right, or one error that lists everything that is wrong.
 */
import { dirname, join, resolve } from 'node:path';
import { type Environment, missingReferences, resolveDeclared } from './declared/resolve.ts';
import { isJsonObject } from './kernel/json.ts';
import { type HubFile, type ReadTextFile, readHubFile } from './settings/hub-file.ts';
import { type Flags, givenOutside, type Origins, overlay } from './settings/overlay.ts';
import {
  describeIssues,
  type PlacedProblem,
  pathText,
  SettingsError,
  type SettingsProblem,
} from './settings/problems.ts';
import { hubFileSchema, listSettings, type ParsedHubFile } from './settings/schema.ts';
import { checkTogether, settle, warningsAbout } from './settings/settle.ts';
import type { LoadedSettings } from './settings/types.ts';

export { SettingsError } from './settings/problems.ts';
export type { LoadedSettings, Settings } from './settings/types.ts';

export type SettingsSources = {
  /** Flags by camel-case name (`dataDir`, `tlsSelfSigned`), and `config` for the path of hub.yaml. */
  readonly flags: Flags;
  readonly environment: Environment;
  readonly cwd: string;
  readonly readFile: ReadTextFile;
};

const DEFAULT_DATA_DIR = 'data';

/** Loads the settings and what hub.yaml declares. @throws SettingsError listing every problem with its place */
export function loadSettings(sources: SettingsSources): LoadedSettings {
  const { flags, environment, cwd } = sources;
  const known = listSettings();
  const { file, problems: fileProblems } = findHubFile(sources);
  const { tree, origins, inFile, misplaced } = overlay({
    settings: known,
    fileValue: file?.source.value ?? {},
    fileFolder: file === undefined ? cwd : dirname(file.path),
    flags,
    environment,
    cwd,
  });
  const places: Places = { file, origins };
  const problems = [...fileProblems];
  for (const { path } of misplaced) {
    const message = 'is a secret and does not stand in a file; set HUB_MASTER_KEY or masterKey.file instead';
    problems.push({ where: placeInFile(places, { path, key: undefined }), message });
  }
  const parsed = hubFileSchema.safeParse(tree);
  if (!parsed.success) {
    const found = [...describeIssues(parsed.error.issues, hubFileSchema), ...missingReferences(tree, environment)];
    throw new SettingsError([...problems, ...placed(found, places)]);
  }
  const { declared, problems: declaredProblems, variables } = resolveDeclared(declaredParts(parsed.data), environment);
  problems.push(...placed([...checkTogether(parsed.data), ...declaredProblems], places));
  if (problems.length > 0) throw new SettingsError(problems);
  const settings = settle(parsed.data, cwd);
  return {
    settings,
    declared,
    referencedVariables: variables,
    filePath: file?.path,
    placeOf: (path) => placeInFile(places, { path, key: undefined }),
    origins: new Map([...inFile.map((path) => [path, 'file'] as const), ...origins]),
    warnings: warningsAbout(settings, { environment, known }),
  };
}

/**
 * The data directory alone, for commands that look for the hub that runs there: they need neither the variables that
 * hub.yaml refers to nor a hub.yaml that is right.
 */
export function findDataDir(sources: SettingsSources): string {
  const outside = dataDirOutside(sources);
  if (outside !== undefined) return outside;
  const { file } = findHubFile(sources);
  const value = file?.source.value;
  const inFile = isJsonObject(value) ? value['dataDir'] : undefined;
  if (file !== undefined && typeof inFile === 'string' && inFile !== '') return resolve(dirname(file.path), inFile);
  return join(sources.cwd, DEFAULT_DATA_DIR);
}

function findHubFile(sources: SettingsSources) {
  const { flags, environment, cwd, readFile } = sources;
  const named = typeof flags['config'] === 'string' ? flags['config'] : nonEmpty(environment['HUB_CONFIG']);
  return readHubFile({ named, cwd, dataDir: dataDirOutside(sources) ?? join(cwd, DEFAULT_DATA_DIR), readFile });
}

function dataDirOutside({ flags, environment, cwd }: SettingsSources): string | undefined {
  const setting = listSettings().find(({ path }) => path[0] === 'dataDir');
  const given = setting && givenOutside(setting, { flags, environment })?.value;
  return typeof given === 'string' ? resolve(cwd, given) : undefined;
}

function declaredParts(parsed: ParsedHubFile) {
  const { connections, aliases, identity, prices, keys, routes, usageLimits } = parsed;
  return { connections, aliases, identity, prices, keys, routes, usageLimits };
}

type Places = { readonly file: HubFile | undefined; readonly origins: Origins };
type Placeable = { readonly path: readonly PropertyKey[]; readonly message: string; readonly key?: string | undefined };

function placed(problems: readonly (PlacedProblem | Placeable)[], places: Places): readonly SettingsProblem[] {
  return problems.map(({ path, key, message }) => {
    const origin = places.origins.get(pathText(path));
    return { where: origin ?? placeInFile(places, { path, key }), message };
  });
}

function placeInFile({ file }: Places, { path, key }: Omit<Placeable, 'message'>): string {
  const name = pathText(key === undefined ? path : [...path, key]);
  if (file === undefined) return name;
  const { line, column } = key === undefined ? file.source.positionOf(path) : file.source.positionOfKey(path, key);
  return `${file.shownPath}:${line}:${column} ${name}`.trimEnd();
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}
