import type { AnsweringImages } from '../media-contract.ts';

/** The model's name without its provider: what was served, else what was sent upstream. */
export function modelOf(
  { servedModel }: { readonly servedModel: string | undefined },
  { modelWithProvider }: Pick<AnsweringImages, 'modelWithProvider'>,
): string {
  return servedModel ?? modelWithProvider.slice(modelWithProvider.indexOf('/') + 1);
}
