import { lookAtPages } from './look-at-pages.ts';
import { CREDIT_PAGES } from './pages.ts';

lookAtPages('empty', { pages: CREDIT_PAGES, environment: { HUB_CREDIT: 'true' } });
