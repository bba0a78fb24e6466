import { accessPages } from './access.ts';
import { accountPages, operatorPages } from './accounts.ts';
import { contentPages, imagePages } from './content.ts';
import { identityPages, keyPages } from './identities.ts';
import type { PageRights } from './page-rights.ts';
import type { Things } from './things.ts';

/** The pages for one account and one thing of each kind. */
export const rightsOf = (things: Things): readonly PageRights[] => [
  ...contentPages(things),
  ...imagePages(things),
  ...identityPages(things),
  ...keyPages(things),
  ...accessPages(things),
  ...accountPages(things),
  ...operatorPages(things),
];

/** Pages that need nothing made: lists, each with the button that makes something. */
export const isList = ({ of, isOwn }: PageRights): boolean => !/[:*]/.test(of) && !isOwn;

/** Pages without a button of their own, for everyone: what is shown on them depends on what is typed, or on whose it is. */
export const FOR_EVERYONE: readonly string[] = [
  ...['/', '/search', '/explain', '/policies/new', '/api-keys/leaked', '/me/password', '/me/cli'],
  ...['/invitation', '/me/identities'],
];
