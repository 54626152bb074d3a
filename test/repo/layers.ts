import { posix } from 'node:path';
import { lineOf, type SourceFiles, withoutComments } from './source-files.ts';

/** Parts of a request's way, each a folder; none imports another. */
const STAGES = [
  'audit',
  'cache',
  'declared',
  'dialects',
  'guardrails',
  'guardrails',
  'identity',
  'jobs',
  'ledger',
  'limits',
  'mail',
  'media',
  'metering',
  'notifications',
  'offers',
  'payments',
  'policy',
  'providers',
  'records',
  'routing',
  'simulated',
  'snapshot',
  'tls',
  'vault',
];
/** Stages that implement what others declare in their ports. */
const IMPLEMENTERS = ['observability', 'storage', 'upstream'];
const PLANES = ['cli', 'controlplane', 'dataplane', 'pages'];
const TOP = ['compose', 'main', 'settings'];

type Rule = {
  /** Folders or top-level modules of src that the rule is about. */
  readonly of: readonly string[];
  /** What they may import besides themselves. `<folder>/ports` allows that folder's ports.ts, or `<word>-ports.ts`; `<folder>/<module>` that module alone. */
  readonly mayImport: readonly string[];
  readonly instead: string;
};

/** The whole table: imports point down, and only the composition root joins stages. */
export const LAYERS: readonly Rule[] = [
  { of: ['kernel'], mayImport: [], instead: 'the kernel imports nothing; move what it needs into kernel/' },
  { of: ['protocol'], mayImport: ['kernel'], instead: 'protocol/ holds words only; move the type it needs there' },
  {
    of: STAGES,
    mayImport: ['protocol', 'kernel'],
    instead:
      'declare what the stage needs in its own ports.ts and let compose.ts hand it in; shared types go to protocol/',
  },
  {
    of: IMPLEMENTERS,
    mayImport: ['protocol', 'kernel', ...STAGES.map((stage) => `${stage}/ports`)],
    instead: 'import only the ports.ts that is implemented here; shared types go to protocol/',
  },
  {
    // Carries out what the ledger decides where the rows are: see docs/decisions/0045.
    of: ['storage'],
    mayImport: ['ledger/transaction'],
    instead: 'of the ledger, import its ports and transaction.ts alone',
  },
  {
    of: PLANES,
    mayImport: ['protocol', 'kernel', ...STAGES, 'upstream', 'storage/ports', 'observability/ports'],
    instead:
      'planes share the stages and not each other, and reach the store and the logs through what compose.ts hands them',
  },
  {
    of: ['settings'],
    mayImport: ['declared', 'protocol', 'kernel'],
    instead: 'settings are values; what acts on them belongs to a stage or to compose.ts',
  },
  { of: ['cli'], mayImport: ['settings'], instead: 'ask for a function from main.ts instead' },
  {
    of: ['compose'],
    mayImport: ['settings', ...PLANES, ...STAGES, ...IMPLEMENTERS, 'protocol', 'kernel'],
    instead: 'only main.ts lies above the composition root',
  },
  {
    of: ['main'],
    mayImport: ['compose', 'settings', ...PLANES, ...STAGES, ...IMPLEMENTERS, 'protocol', 'kernel'],
    instead: 'main.ts is the top',
  },
];

/** One import that the table does not allow. */
export type LayerViolation = { readonly where: string; readonly message: string };

const IMPORTS = [
  /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]/g,
  /\bimport\s*['"]([^'"]+)['"]/g,
  /\bimport\s*\(\s*['"`]([^'"`]+)['"`]/g,
  /\bnew\s+URL\s*\(\s*['"`](\.[^'"`]+\.ts)['"`]\s*,\s*import\.meta\.url/g,
];

/** Finds every import in src that points up or sideways. Tests may import what they need. */
export function findLayerViolations(files: SourceFiles): readonly LayerViolation[] {
  const violations: LayerViolation[] = [];
  for (const [path, text] of files) {
    if (!path.startsWith('src/') || path.endsWith('.test.ts') || path.includes('/testing/')) continue;
    for (const { target, line } of importsOf(path, text)) {
      const message = judge(path, target);
      if (message !== undefined) violations.push({ where: `${path}:${line}`, message });
    }
  }
  return violations;
}

function judge(from: string, target: string): string | undefined {
  if (!target.startsWith('src/')) return `imports ${target}: what the hub runs on lies in src/`;
  if (target.endsWith('.test.ts') || target.includes('/testing/'))
    return `imports ${target}: move what both use out of the test`;
  const layer = layerOf(from);
  const other = layerOf(target);
  if (layer === other) return judgeDialects(from, target);
  const rules = LAYERS.filter(({ of }) => of.includes(layer));
  if (rules.length === 0) return `stands in no layer: add ${layer} to the table in test/repo/layers.ts`;
  const isPorts = target.startsWith(`src/${other}/`) && /\/(?:[a-z]+-)?ports\.ts$/.test(target);
  const module = target.slice('src/'.length, -'.ts'.length);
  const isAllowed = rules.some(
    ({ mayImport }) =>
      mayImport.includes(other) || mayImport.includes(module) || (isPorts && mayImport.includes(`${other}/ports`)),
  );
  return isAllowed
    ? undefined
    : `${layer} must not import ${target}: ${rules.map(({ instead }) => instead).join('; ')}`;
}

/** Dialects never import one another; what two of them share lies directly in dialects/. */
function judgeDialects(from: string, target: string): string | undefined {
  const own = dialectOf(from);
  const other = dialectOf(target);
  if (own === undefined || other === undefined || own === other) return undefined;
  return `the dialect ${own} must not import ${target}: move what both need to dialects/, or repeat it`;
}

function dialectOf(path: string): string | undefined {
  return /^src\/dialects\/([^/]+)\//.exec(path)?.[1];
}

/** `src/vault/envelope.ts` → `vault`; `src/settings.ts` and `src/settings/values.ts` → `settings`. */
function layerOf(path: string): string {
  const [, first = ''] = path.split('/');
  return first.replace(/\.ts$/, '');
}

function importsOf(path: string, text: string): readonly { readonly target: string; readonly line: number }[] {
  const code = withoutComments(text);
  return IMPORTS.flatMap((pattern) =>
    [...code.matchAll(pattern)].flatMap((match) => {
      const [, specifier = ''] = match;
      if (!specifier.startsWith('.')) return [];
      return [{ target: posix.join(posix.dirname(path), specifier), line: lineOf(code, match.index) }];
    }),
  );
}

/** Every folder and top-level module that the table knows. */
export const KNOWN_LAYERS: ReadonlySet<string> = new Set([
  'kernel',
  'protocol',
  ...STAGES,
  ...IMPLEMENTERS,
  ...PLANES,
  ...TOP,
]);
