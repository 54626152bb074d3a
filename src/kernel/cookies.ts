const COOKIE_CHARS_MAX = 8192;

/** The value of a cookie in a `Cookie` header; `undefined` where there is none of that name, or more than one. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  if (header === undefined || header.length > COOKIE_CHARS_MAX) return undefined;
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}
