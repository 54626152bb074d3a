import { followGuide } from './follow-guide.ts';

followGuide('api-use');
