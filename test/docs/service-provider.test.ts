import { followGuide } from './follow-guide.ts';

followGuide('service-provider');
