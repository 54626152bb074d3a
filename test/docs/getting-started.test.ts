import { followGuide } from './follow-guide.ts';

followGuide('getting-started');
