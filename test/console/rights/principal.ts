import { deepEqual } from 'node:assert/strict';
import type { Principal } from '../../matrix/principals.ts';
import type { TestRegistry } from '../../support/registry.ts';
import type { BrowserLab, Visit } from '../browser-lab.ts';
import type { Asked, PageRights } from './page-rights.ts';
import { isList, rightsOf } from './table.ts';
import { type Things, thingsFor } from './things.ts';

/** Entries of the rail that need a right, each with the route of its page; what the page shows is what the entry needs. */
const ENTRIES: Readonly<Record<string, string>> = {
  'Service IDs': '/service-ids',
  'Registry tokens': '/registry-tokens',
  Users: '/users',
  'Access groups': '/groups',
  'Trusted profiles': '/profiles',
  Policies: '/policies',
  Roles: '/roles',
  Webhooks: '/webhooks',
  Quota: '/quota',
  Settings: '/settings',
  Audit: '/audit',
  Inactive: '/inactive',
  Accounts: '/operator/accounts',
  Issuers: '/issuers',
  Collection: '/operator/collection',
  Backups: '/operator/backups',
  System: '/operator/system',
};

/** Lists that answer everyone with what they may see, which for most is nothing. */
const ANSWER_EVERYONE = new Set(['Access groups', 'Policies', 'Roles', 'Webhooks']);

/** A button as it stands on a page. */
interface Button {
  readonly name: string;
  /** The text of the row that it stands in. */
  readonly row: string | null;
  readonly isOff: boolean;
  /** The button itself asks whether the reader of the page has the right, and is off where not. */
  readonly isAction: boolean;
}

const READ_BUTTONS = `[...document.querySelectorAll('main .action > button, main form button[type=submit]')].map((button) => ({
  name: button.textContent,
  row: button.closest('tbody tr')?.textContent ?? null,
  isOff: button.disabled || button.getAttribute('aria-disabled') === 'true',
  isAction: button.parentElement.className === 'action',
}))`;

/**
 * Opens the pages as a principal: of lists alone, or of single things too. Throws where a page, an entry of the rail or a
 * button says other than the API does.
 */
export const refuseOtherThanTheApi = async (
  lab: BrowserLab,
  principal: Principal,
  which: 'lists' | 'all',
): Promise<void> => {
  const { registry } = lab;
  const things = await thingsFor(registry, who(principal));
  const pages = rightsOf(things).filter((page) => which === 'all' || isList(page));
  await using visit = await lab.visit({ apikey: principal.apikey ?? '' });
  visit.expectRefusal(403);
  visit.expectRefusal(404);
  await visit.settled();
  const found = await wrongEntries(registry, principal, visit, pages);
  for (const page of pages) found.push(...(await wrongOn(registry, principal, visit, page, things)));
  deepEqual(found, [], principal.name);
};

/** The table itself, of things that are not there. */
export const tableOfRights = (): readonly PageRights[] =>
  rightsOf(new Proxy({} as Things, { get: (_, key) => String(key) }));

const who = (principal: Principal): Pick<Things, 'name' | 'home' | 'iamId'> => ({
  name: `s${principal.name.replaceAll(/\W/g, '')}`.toLowerCase().slice(0, 24),
  home: principal.home ?? '',
  iamId: iamIdOf(principal.bearer ?? ''),
});

const iamIdOf = (bearer: string): string =>
  (JSON.parse(Buffer.from(bearer.split('.')[1] ?? '', 'base64url').toString()) as { iam_id: string }).iam_id;

const wrongEntries = async (
  registry: TestRegistry,
  principal: Principal,
  visit: Visit,
  pages: readonly PageRights[],
): Promise<string[]> => {
  const found: string[] = [];
  const shown = new Set(await visit.rail.getByRole('link').allInnerTexts());
  for (const [entry, route] of Object.entries(ENTRIES)) {
    const page = pages.find(({ of }) => of === route);
    if (!page) throw new Error(`the table has no row of ${route}`);
    const refused = await isRefused(registry, principal, page.shows);
    const isRight = refused ? !shown.has(entry) : shown.has(entry) || ANSWER_EVERYONE.has(entry);
    if (!isRight) found.push(`${entry}: ${refused ? 'shown' : 'hidden'}`);
  }
  return found;
};

/** What one page says other than the API does. */
const wrongOn = async (
  registry: TestRegistry,
  principal: Principal,
  visit: Visit,
  { of, at = of, shows, alsoShows, row, before, inRows, buttons = {}, isOwn }: PageRights,
  things: Things,
): Promise<string[]> => {
  const found: string[] = [];
  await visit.walkTo(at);
  await before?.(visit);
  const isHidden = (await visit.page.locator('main .note.tone-danger[role=alert]').count()) > 0;
  // of a list the rows of this principal's things alone
  const stand = ((await visit.page.evaluate(READ_BUTTONS)) as Button[]).filter(
    (button) => button.row === null || of.includes(':') || isOwn || button.row.includes(row ?? things.name),
  );
  if (isOwn) return stand.filter(({ isOff }) => isOff).map((button) => `${at} ${button.name}: off`);
  const isRefusedToSee =
    (await isRefused(registry, principal, shows)) ||
    (alsoShows !== undefined && (await isRefused(registry, principal, alsoShows)));
  if (isHidden !== isRefusedToSee) found.push(`${at}: ${isHidden ? 'hidden' : 'shown'}`);
  const known = namesOn(of, things);
  for (const button of stand)
    if (button.isAction && !known.has(button.name))
      found.push(`${at} ${button.name}: the table does not have it`);
  for (const [wanted, asked] of Object.entries(buttons)) {
    const isOn = stand.some((button) => button.name === wanted && !button.isOff);
    const refused = await isRefused(registry, principal, asked);
    // what one may do and not see, as a Writer alone, is done by the command: the page says that it cannot show it
    const isUnseen = isHidden || (inRows && !stand.some((button) => button.name === wanted));
    if (isOn ? refused : !refused && !isUnseen) found.push(`${at} ${wanted}: ${isOn ? 'on' : 'off'}`);
  }
  return found;
};

/** The buttons that the table has of a route, on whichever of its addresses. */
const namesOn = (route: string, things: Things): ReadonlySet<string> =>
  new Set(rightsOf(things).flatMap(({ of, buttons = {} }) => (of === route ? Object.keys(buttons) : [])));

const isRefused = async (registry: TestRegistry, principal: Principal, asked: Asked): Promise<boolean> => {
  const answer = await registry.fetch(asked.path, {
    method: asked.method,
    headers: {
      Authorization: `Bearer ${principal.bearer}`,
      Account: principal.home ?? '',
      ...asked.headers,
      ...(asked.body ? { 'Content-Type': 'application/json' } : {}),
    },
    ...(asked.body ? { body: JSON.stringify(asked.body) } : {}),
  });
  await answer.text();
  return answer.status === 403 || answer.status === 404;
};
