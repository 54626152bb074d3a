import type { InboundMediaDialect } from '../media-contract.ts';
import { flatImages } from './images-flat.ts';
import { frameworkImages } from './images-framework.ts';
import { AIGNE_MEDIA } from './name.ts';

/** Pictures as the AIGNE framework's client asks for them. */
export const aigneFrameworkMedia: InboundMediaDialect = { name: AIGNE_MEDIA, images: frameworkImages };

/** Pictures as the documented AIGNE API has them. */
export const aigneFlatMedia: InboundMediaDialect = { name: AIGNE_MEDIA, images: flatImages };
