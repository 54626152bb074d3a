import { followGuide } from './follow-guide.ts';

followGuide('operations');
