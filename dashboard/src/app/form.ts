import type { CallError } from '../api/call.ts';

/** What the hub said is wrong with one of these fields of the body. */
export function fieldProblem(error: CallError | null, ...names: readonly string[]): string | undefined {
  const param = error?.param;
  return param !== undefined && names.includes(param) ? error?.message : undefined;
}
