import { signal } from '@preact/signals';

/** Everything the console shows lies below this. */
export const BASE = '/console';

/** The one page that is also for people who are not signed in, and maybe no users yet. */
export const INVITATION = '/invitation';

/** Where the reader is: the address below the base, and its query. */
export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const placeOf = (address: URL): Place => ({
  path: address.pathname.slice(BASE.length) || '/',
  query: address.searchParams,
});

const here = (): Place =>
  globalThis.location ? placeOf(new URL(location.href)) : { path: '/', query: new URLSearchParams() };

export const place = signal<Place>(here());

/**
 * A path of the console that may be gone to after sign-in: what leads elsewhere is the start page. The parser of the browser
 * decides what an address means, so that no spelling of another host gets through.
 */
export const ownPath = (text: string | null, origin: string): string => {
  const address = text?.startsWith('/') ? URL.parse(text, origin) : null;
  const isOwn = address?.origin === origin && `${address.pathname}/`.startsWith(`${BASE}/`);
  return isOwn ? address.pathname + address.search : `${BASE}/`;
};

/** Asks whether the page may be left; undefined while there is nothing to lose on it. */
let mayLeave: (() => boolean) | undefined;

/** Until the returned function is called, no way inside the console leaves the page where the answer is no. */
export const askBeforeLeaving = (ask: () => boolean): (() => void) => {
  mayLeave = ask;
  return () => {
    if (mayLeave === ask) mayLeave = undefined;
  };
};

/** Goes to an address below the base. `replace`: the reader does not come back to this one. */
export const go = (to: string, { replace = false } = {}): void => {
  if (mayLeave?.() === false) return;
  if (replace) history.replaceState(null, '', BASE + to);
  else history.pushState(null, '', BASE + to);
  place.value = here();
};

const addressOf = ({ path, query }: Place): string => (query.size === 0 ? path : `${path}?${query}`);

/** The same place with other values in its query; those that are undefined or empty go. */
export const withQuery = (values: Readonly<Record<string, string | undefined>>): string => {
  const { path, query } = place.value;
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === '') next.delete(name);
    else next.set(name, value);
  }
  return addressOf({ path, query: next });
};

/** An address of a page, from parts that may have any character. Tags and digests stay readable. */
export const address = (...parts: readonly string[]): string =>
  `${BASE}/${parts.map((part) => part.split('/').map(written).join('/')).join('/')}`;

const written = (part: string): string =>
  encodeURIComponent(part).replaceAll('%3A', ':').replaceAll('%40', '@');

/** Follows links of the console without loading it again, and the buttons Back and Forward. */
export const followLinks = (): void => {
  addEventListener('popstate', () => {
    // Back has changed the address already: it is put again over the one that the reader does not want
    if (mayLeave?.() === false) history.pushState(null, '', BASE + addressOf(place.value));
    else place.value = here();
  });
  document.addEventListener('click', (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!(link instanceof HTMLAnchorElement) || link.target !== '' || link.hasAttribute('download')) return;
    const to = URL.parse(link.href);
    if (!to || to.origin !== location.origin || !`${to.pathname}/`.startsWith(`${BASE}/`)) return;
    if (to.pathname.startsWith(`${BASE}/session`)) return;
    if (to.pathname === location.pathname && to.search === location.search && to.hash !== '') return;
    event.preventDefault();
    go(to.pathname.slice(BASE.length) + to.search);
    scrollTo(0, 0);
  });
};
