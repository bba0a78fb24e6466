import type { VNode } from 'preact';
import { CustomRoleClient } from '../../../client/custom-roles.ts';
import type { CustomRole, Role } from '../../../wire/roles.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Name, Section } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import type { Page } from '../../routing/page.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { count, visible } from '../../text/values.ts';

const text = inBoth(
  {
    title: 'Roles',
    own: 'Roles of this account',
    service: 'Roles of the registry',
    platform: 'Platform roles',
    none: 'This account has made no role of its own.',
    actions: (number: string) => `${number} actions`,
  },
  {
    title: '역할',
    own: '이 계정의 역할',
    service: '레지스트리 역할',
    platform: '플랫폼 역할',
    none: '이 계정에서 만든 역할이 없습니다.',
    actions: (number: string) => `작업 ${number}개`,
  },
);

/** A role and what it allows. */
const OneRole = ({ role }: { role: Role | CustomRole }): VNode =>
  html.li(
    {},
    html.strong({}, use(Name, {}, visible(role.display_name))),
    ' ',
    role.description !== undefined && html.span({ class: 'faint' }, use(Name, {}, visible(role.description))),
    html.details(
      {},
      html.summary({}, text().actions(count(role.actions.length))),
      html.ul(
        {},
        role.actions.map((action) => html.li({ key: action }, html.code({}, visible(action)))),
      ),
    ),
  );

const Roles = (): VNode => {
  const { value, fault, again } = useLoad(account.value, () =>
    new CustomRoleClient(api, accountId()).allRoles('container-registry'),
  );
  if (fault) return use(Fault, { fault, again });
  if (!value) return html.div({});
  const lists = [
    [text().own, value.custom_roles],
    [text().service, value.service_roles],
    [text().platform, value.system_roles],
  ] as const;
  return html.div(
    {},
    lists.map(([title, roles]) =>
      use(
        Section,
        { key: title, title },
        roles.length === 0
          ? html.div(
              { class: 'empty' },
              html.p({}, text().none),
              use(CommandLine, {
                line: 'tidegate iam role-create pusher --actions container-registry.image.push',
              }),
            )
          : html.ul(
              { class: 'roles' },
              roles.map((role) => use(OneRole, { key: role.crn, role })),
            ),
      ),
    ),
  );
};

export const page: Page = { title: () => text().title, View: Roles };
