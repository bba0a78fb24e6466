const HOME = '/console/';

/**
 * Where a browser goes after a sign-in: a path below /console/ as the browser itself would understand it, or the console's
 * start. Another host, another scheme, and the session door itself are not.
 */
export const returnPath = (text: string | undefined, externalUrl: string): string => {
  const url = text === undefined ? null : URL.parse(text, externalUrl);
  const isOurs =
    url !== null &&
    url.origin === new URL(externalUrl).origin &&
    url.username === '' &&
    url.password === '' &&
    /^\/console\/(?!session(?:\/|$))/.test(url.pathname) &&
    // what a browser or a proxy might decode once more
    !/%(?:2f|5c|2e)|\/\/|\\/i.test(url.pathname);
  return isOurs ? `${url.pathname}${url.search}` : HOME;
};
