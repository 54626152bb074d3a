import { KeyLink } from '../../app/key-link.tsx';
import type { Names } from './names.ts';

/** The key of a request, which leads to its page where the viewer may see that. */
export function KeyOfRequest({ id, names }: { readonly id: string; readonly names: Names }) {
  return names.seesKey(id) ? <KeyLink id={id}>{names.key(id)}</KeyLink> : names.key(id);
}
