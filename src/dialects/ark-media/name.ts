/** The dialect's name, as the catalogue and requests write it. */
export const ARK_MEDIA = 'ark-media';
