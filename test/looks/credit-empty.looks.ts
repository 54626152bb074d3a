import { lookAtCredit } from './look-at-pages.ts';

lookAtCredit('empty');
