import type { Encoding } from './encoding.ts';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html */
const CALL_ID = /^[a-zA-Z0-9_.:-]{1,64}$/;

/** A call's id as Bedrock takes it; one that it would refuse gets another, the same for the call and its result. */
export function callIdOf({ callIds, target }: Encoding, id: string): string {
  if (CALL_ID.test(id)) return id;
  let known = callIds.get(id);
  if (known === undefined) {
    known = target.newId('tooluse');
    callIds.set(id, known);
  }
  return known;
}
