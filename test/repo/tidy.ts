import { lineOf, type SourceFiles, withoutComments } from './source-files.ts';

export const FILE_LINES_MAX = 500;
export const FUNCTION_LINES_MAX = 70;

type Ban = {
  readonly pattern: RegExp;
  readonly instead: string;
  /** Paths that the ban is about. */
  readonly within: RegExp;
  /** Paths in which the word has its one place. */
  readonly except: RegExp | undefined;
  /** Whether comments count as well. */
  readonly inComments: boolean;
};

const PRODUCTION = /^src\/(?!.*(?:\.test\.ts$|test-support\.ts$|\/testing\/)).*\.ts$/;
const EVERYTHING = /./;
const THIS_CHECK = /^test\/repo\/tidy/;

const code = (pattern: RegExp, instead: string, except?: RegExp): Ban => {
  return { pattern, instead, within: PRODUCTION, except, inComments: false };
};
const anywhere = (pattern: RegExp, instead: string): Ban => {
  return { pattern, instead, within: EVERYTHING, except: THIS_CHECK, inComments: true };
};

/** Words with a better one, and where they may stand all the same. */
export const BANS: readonly Ban[] = [
  code(/\bDate\.now\b|\bnew Date\(\)/, 'take the time from a Clock that is passed in', /^src\/kernel\/clock\.ts$/),
  code(/\bMath\.random\b/, 'take random bytes or ids as an argument'),
  code(/\bprocess\.env\b/, 'take the environment as an argument; main.ts hands it in', /^src\/main\.ts$/),
  code(/\bJSON\.parse\b/, 'use parseJson of kernel/json.ts', /^src\/kernel\/json\.ts$/),
  code(/\bconsole\.\w+/, 'use the logger that is passed in', /^src\/cli\//),
  code(/\bas any\b|:\s*any\b|<any>/, 'name the type, or use unknown and narrow it'),
  code(/[\w)\]]!(?:\.|\[|;|,|\))/, 'handle the case in which it is missing'),
  code(/catch(?:\s*\([^)]*\))?\s*\{\s*\}/, 'handle the error, or let it pass'),
  code(/\b(?:enum|namespace)\s+[A-Z]/, 'use a union of words, or a module'),
  anywhere(/\b(?:TODO|FIXME|XXX|HACK)\b/, 'do it, or file it'),
  anywhere(/^(?:<{7}|>{7}) /m, 'finish the merge'),
  anywhere(/(?:^|[\s"'`(=:])\/(?:work|root|home\/\w+|Users\/\w+)\//m, 'use a path relative to the repository'),
  anywhere(
    /\bregistry\.(?:npmjs|npmmirror|yarnpkg)\b|\bartifactory\b|\bnexus\.\w+\.\w+/i,
    'leave the registry to npm’s own configuration',
  ),
];

/** One thing to tidy. */
export type Finding = { readonly where: string; readonly message: string };

/** Finds banned words. */
export function findBannedWords(files: SourceFiles): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [path, text] of files) {
    const bare = withoutComments(text);
    for (const { pattern, instead, within, except, inComments } of BANS) {
      if (!within.test(path) || except?.test(path) === true) continue;
      const searched = inComments ? text : bare;
      for (const match of searched.matchAll(new RegExp(pattern, `${pattern.flags.replace('g', '')}g`))) {
        const where = `${path}:${lineOf(searched, match.index)}`;
        findings.push({ where, message: `${match[0].trim()}: ${instead}` });
      }
    }
  }
  return findings;
}

/** Finds files with more lines than a file may have. */
export function findLongFiles(files: SourceFiles): readonly Finding[] {
  return [...files].flatMap(([path, text]) => {
    const lines = text.split('\n').length - 1;
    return lines <= FILE_LINES_MAX
      ? []
      : [{ where: path, message: `has ${lines} lines; split it by job, at most ${FILE_LINES_MAX}` }];
  });
}

/** A function's first line, as the formatter writes it, with its indentation; a body in braces follows. */
const FUNCTION_STARTS = [
  /^(\s*)(?:export )?(?:default )?(?:async )?function\*? *(\w*).*[{(]$/,
  /^(\s*)(?:export )?const (\w+) = (?:async )?(?:function\b|\().*[{(]$/,
  /^(\s*)(?:(?:static|async|get|set|override) )*(#?\w+)\(.*\{$/,
  /^(\s*)(\w+): (?:async )?(?:function\b|\().*[{(]$/,
];
const STATEMENTS = new Set(['if', 'for', 'while', 'switch', 'catch', 'return', 'with']);

type FunctionSpan = { readonly name: string; readonly first: number; readonly last: number };

/**
 * Finds functions with more lines than a function may have. The lines of named functions inside it are their own, so that
 * a factory is measured without the methods that it makes. Works on formatted text: a function ends at the first line that
 * closes a brace at the indentation at which it began.
 */
export function findLongFunctions(files: SourceFiles): readonly Finding[] {
  return [...files].flatMap(([path, text]) => {
    const spans = functionSpans(withoutComments(text).split('\n'));
    return spans.flatMap((span) => {
      const lines = ownLines(span, spans);
      const message = `${span.name} has ${lines} lines; name its steps, at most ${FUNCTION_LINES_MAX}`;
      return lines > FUNCTION_LINES_MAX ? [{ where: `${path}:${span.first + 1}`, message }] : [];
    });
  });
}

function functionSpans(lines: readonly string[]): readonly FunctionSpan[] {
  const spans: FunctionSpan[] = [];
  for (const [first, line] of lines.entries()) {
    const match = FUNCTION_STARTS.map((pattern) => pattern.exec(line)).find((found) => found !== null);
    const [, indent = '', name = ''] = match ?? [];
    if (match === undefined || STATEMENTS.has(name)) continue;
    const last = lines.findIndex((candidate, index) => {
      return index > first && candidate.startsWith(`${indent}}`) && !candidate.trimEnd().endsWith('{');
    });
    const closedBefore = lines.findIndex((candidate, index) => index > first && candidate.startsWith(`${indent})`));
    // `const a = f(` and `const a = (` of an expression close with a parenthesis, and no body follows.
    const isExpression = closedBefore !== -1 && closedBefore < last && !lines[closedBefore]?.trimEnd().endsWith('{');
    if (last !== -1 && !isExpression) spans.push({ name, first, last });
  }
  return spans;
}

function ownLines(span: FunctionSpan, spans: readonly FunctionSpan[]): number {
  const inside = (inner: FunctionSpan, outer: FunctionSpan) => inner.first > outer.first && inner.last < outer.last;
  const nested = spans.filter((other) => inside(other, span));
  const direct = nested.filter((other) => !nested.some((between) => inside(other, between)));
  return span.last - span.first + 1 - direct.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}
