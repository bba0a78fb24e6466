import type { VNode } from 'preact';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { address } from '../../routing/place.ts';
import { visible } from '../../text/values.ts';

/** The page of what holds a policy, as its ID tells the kind; undefined where there is none. */
const pageOf = (id: string): string | undefined => {
  if (id.startsWith('iam-ServiceId-')) return address('service-ids', id.slice('iam-'.length));
  if (id.startsWith('iam-Profile-')) return address('profiles', id.slice('iam-'.length));
  if (id.startsWith('AccessGroupId-')) return address('groups', id);
  return id.startsWith('IBMid-') ? address('users', id) : undefined;
};

/** The same by its name, which is asked for: where few are shown. */
export const NamedHolder = ({ id }: { id: string }): VNode => {
  const { value = id } = useLoad(id, async () => (await import('./holder-name.ts')).holderName(id));
  return use(Holder, { id, name: value });
};

/** What holds a policy, by its ID, with the way to its page. */
export const Holder = ({ id, name = id }: { id: string; name?: string }): VNode => {
  const to = pageOf(id);
  const shown = use(Name, {}, visible(name));
  return to === undefined ? html.span({ title: id }, shown) : html.a({ href: to, title: id }, shown);
};
