import type { IconName } from '../ui/icon.tsx';
import type { Place } from './session.tsx';

/** The pages of the dashboard in the order of the menu. The word of each is `app.pages.NAME`. */
export const PAGE_GROUPS = [
  { word: 'app.groupObserve', pages: ['overview'] },
  { word: 'app.groupBuild', pages: ['start', 'keys'] },
  { word: 'app.groupManage', pages: ['organization'] },
  { word: 'app.groupOperate', pages: ['system'] },
] as const;

export type PageName = (typeof PAGE_GROUPS)[number]['pages'][number];

/** Pages that are not for every member; the hub refuses what they ask for in any case. */
const SHOWN: Partial<Record<PageName, (place: Place) => boolean>> = {
  system: ({ isOperator }) => isOperator,
};

export function isShown(page: PageName, place: Place): boolean {
  return SHOWN[page]?.(place) ?? true;
}

export function iconOf(page: PageName): IconName {
  return page;
}
