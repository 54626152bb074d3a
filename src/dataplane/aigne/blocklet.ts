/**
 * What the platform that the first AIGNE hubs run on tells about a site. Clients look up in it where the hub lies:
 * https://www.aigne.io/framework
 */

/** By which clients know an AIGNE hub among the components of a site. */
const HUB_DID = 'z8ia3xzq2tMq8CRHfaXj1BTYJyYnEcHbqP8cJ';
const HUB_NAME = 'AIGNE Hub';

export type SideAnswer = {
  readonly contentType: string;
  readonly body: string;
  /** Under which name a browser saves it; missing where it is shown. */
  readonly fileName?: string;
};

/**
 * The answer of `GET /__blocklet__.js`: a script that sets `window.blocklet`, or with `type=json` the object itself. It is
 * for anybody and tells nothing of the hub but the path that it is reached under.
 */
export function answerBlocklet(hub: { readonly pathPrefix: string; readonly type: string | undefined }): SideAnswer {
  const mountPoint = hub.pathPrefix === '' ? '/' : hub.pathPrefix;
  const json = JSON.stringify({
    appName: HUB_NAME,
    prefix: mountPoint,
    componentMountPoints: [{ did: HUB_DID, name: 'ai-kit', title: HUB_NAME, mountPoint, status: 'running' }],
  });
  return hub.type === 'json'
    ? { contentType: 'application/json', body: json }
    : { contentType: 'text/javascript; charset=utf-8', body: `window.blocklet = ${json};\n` };
}
