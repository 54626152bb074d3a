/** `node make-bundle.js ENTRY FOLDER` puts a program's modules together in few files. */
import { dirname, join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

/** Packages of many small modules, which cost as the hub's own do; nobody else holds what they make for their own. */
const TAKEN_IN = ['kysely', 'zod', 'fastify-type-provider-zod', '@fastify/error'];
/** What else is installed stays where it is; on Windows a path begins with a letter, too. */
const PACKAGE = new RegExp(`^(?!@oxc-project/|(${TAKEN_IN.join('|')})(/|$))(node:|@?[a-z](?!:))`);
/** The module of a thread, and whatever else a module says of its own place. */
const THREAD = /new URL\('(\.\/[\w-]+\.ts)', import\.meta\.url\)/g;
const PLACE = /\bimport\.meta\.url\b/g;

const [entry = '', folder = ''] = process.argv.slice(2);

try {
  await make();
} catch (error) {
  process.stderr.write(error.message);
  process.exitCode = 1;
}

async function make() {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: entry,
    platform: 'node',
    external: (id) => PACKAGE.test(id),
    transform: { target: 'esnext' },
    plugins: [{ name: 'places', transform: { filter: { id: /\.ts$/, code: PLACE }, handler: withPlaces } }],
  });
  await bundle.write({ dir: folder, format: 'esm', sourcemap: true, comments: false });
  await bundle.close();
}

/** A module finds what lies beside it by its own place, which is no longer that of its code. */
function withPlaces(code, id) {
  // The entry is what workers are started with, too.
  if (id === entry) return undefined;
  const withThreads = code.replaceAll(THREAD, (_, path) => {
    const reference = this.emitFile({ type: 'chunk', id: join(dirname(id), path) });
    return `new URL(import.meta.ROLLUP_FILE_URL_${reference})`;
  });
  // No line moves, so that the map of the code as it was stays right.
  return { code: withThreads.replaceAll(PLACE, JSON.stringify(pathToFileURL(id).href)), map: null };
}
