/** The dialect's name, as requests carry it. */
export const AIGNE_MEDIA = 'aigne-media';
