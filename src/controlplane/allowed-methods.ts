/** A route as it was declared: `path` holds `:name` where any one segment may stand. */
export type DeclaredRoute = { readonly method: string; readonly path: string };

/** The methods that an address takes, sorted; none when there is nothing at that address. */
export function allowedMethods(routes: readonly DeclaredRoute[], path: string): readonly string[] {
  const segments = path.split('/');
  const methods = routes.filter((route) => matches(route.path.split('/'), segments)).map((route) => route.method);
  return [...new Set(methods)].sort();
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]))
  );
}
