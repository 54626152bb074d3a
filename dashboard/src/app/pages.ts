import type { IconName } from '../ui/icon.tsx';
import { maySeeModels } from './callable.ts';
import { mayMakeKeys, mayManage, maySeeCredit, maySetPrices, type Place } from './session.tsx';

/** The pages of the dashboard in the order of the menu. The word of each is `app.pages.NAME`. */
export const PAGE_GROUPS = [
  { word: 'app.groupObserve', pages: ['overview', 'usage', 'requests'] },
  { word: 'app.groupBuild', pages: ['start', 'keys', 'models', 'playground'] },
  {
    word: 'app.groupManage',
    pages: ['providers', 'routes', 'limits', 'guardrails', 'cache', 'credit', 'organization', 'audit'],
  },
  { word: 'app.groupOperate', pages: ['prices', 'selling', 'system'] },
] as const;

export type PageName = (typeof PAGE_GROUPS)[number]['pages'][number];

/** Pages that are not for every member; the hub refuses what they ask for in any case. */
const SHOWN: Partial<Record<PageName, (place: Place) => boolean>> = {
  models: maySeeModels,
  playground: mayMakeKeys,
  providers: mayManage,
  routes: mayManage,
  credit: (place) => place.credit !== undefined && maySeeCredit(place),
  prices: (place) => place.credit !== undefined && maySetPrices(place),
  selling: ({ isOperator }) => isOperator,
  system: ({ isOperator }) => isOperator,
  audit: (place) => mayManage(place) || place.isOperator,
};

export function isShown(page: PageName, place: Place): boolean {
  return SHOWN[page]?.(place) ?? true;
}

export function iconOf(page: PageName): IconName {
  return page;
}
