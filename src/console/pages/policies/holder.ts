import type { VNode } from 'preact';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { address } from '../../routing/place.ts';
import { visible } from '../../text/values.ts';

/** The page of what holds a policy, as its ID tells the kind; undefined where there is none. */
const pageOf = (id: string): string | undefined => {
  if (id.startsWith('iam-ServiceId-')) return address('service-ids', id.slice('iam-'.length));
  if (id.startsWith('iam-Profile-')) return address('profiles', id.slice('iam-'.length));
  if (id.startsWith('AccessGroupId-')) return address('groups', id);
  return id.startsWith('IBMid-') ? address('users', id) : undefined;
};

/** What holds a policy, by its ID, with the way to its page. */
export const Holder = ({ id }: { id: string }): VNode => {
  const to = pageOf(id);
  const shown = use(Name, {}, visible(id));
  return to === undefined ? html.span({ title: id }, shown) : html.a({ href: to, title: id }, shown);
};
