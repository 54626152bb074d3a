/** Which region a call belongs to, and where else in it something is. */

const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d{1,2}$/;
/** Where the catalogue's address leads unless told otherwise. */
const REGION_USUAL = 'us-east-1';

/** The region in an endpoint's name, such as `bedrock-runtime.eu-west-1.amazonaws.com`; `us-east-1` where it has none. */
export function regionOf(origin: string): string {
  const labels = new URL(origin).hostname.split('.');
  return labels.find((label) => REGION.test(label)) ?? REGION_USUAL;
}

/** The region's own Security Token Service: https://docs.aws.amazon.com/general/latest/gr/sts.html */
export function stsOrigin(region: string): string {
  const isChina = region.startsWith('cn-');
  return `https://sts.${region}.amazonaws.com${isChina ? '.cn' : ''}`;
}
