import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ProfileClient } from '../../../client/profiles.ts';
import type { Profile } from '../../../wire/profiles.ts';
import { Action } from '../../kit/action.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Field, Form } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { List, pageOf } from '../../kit/list.ts';
import { Moment } from '../../kit/moment.ts';
import type { Page } from '../../routing/page.ts';
import { address, go } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { account } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';

const text = inBoth(
  {
    title: 'Trusted profiles',
    create: 'Create a profile',
    used: 'Last assumed',
    empty:
      'There is no profile yet. Builds and workloads become a profile with the token of their platform: no secret is stored.',
  },
  {
    title: '신뢰할 수 있는 프로파일',
    create: '프로파일 새로 만들기',
    used: '마지막 사용',
    empty:
      '아직 프로파일이 없습니다. 빌드와 워크로드는 플랫폼의 토큰으로 프로파일이 되므로 비밀을 보관하지 않습니다.',
  },
);

const Profiles = (): VNode => {
  const isCreating = useSignal(false);
  const client = new ProfileClient(api);
  return html.div(
    {},
    use(List<Profile>, {
      caption: text().title,
      of: account.value,
      rowKey: ({ id }) => id,
      load: async (query) =>
        pageOf(
          await client.list({ account_id: accountId(), include_activity: 'true' }),
          query,
          ({ name, description }) => `${name} ${description}`,
        ),
      columns: [
        {
          key: 'name',
          head: common().name,
          cell: ({ id, name }) => html.a({ href: address('profiles', id) }, use(Name, {}, visible(name))),
        },
        {
          key: 'description',
          head: common().description,
          cell: ({ description }) => use(Name, {}, visible(description)),
        },
        { key: 'used', head: text().used, cell: ({ activity }) => use(Moment, { at: activity?.last_authn }) },
      ],
      empty: [
        html.p({}, text().empty),
        use(CommandLine, { line: 'tidegate trust github acme/app --push birds' }),
      ],
      tools: use(Action, {
        label: text().create,
        tone: 'primary',
        needs: { action: 'iam-identity.profile.create' },
        onAct: () => {
          isCreating.value = true;
        },
      }),
    }),
    isCreating.value &&
      use(Create, {
        client,
        onClose: () => {
          isCreating.value = false;
        },
      }),
  );
};

const Create = ({ client, onClose }: { client: ProfileClient; onClose: () => void }): VNode => {
  const name = useSignal('');
  const send = async (): Promise<void> => {
    const { id } = await client.create({ name: name.value.trim(), account_id: accountId() });
    go(`/profiles/${id}`);
  };
  return use(
    Dialog,
    { title: text().create, onClose },
    use(
      Form,
      { action: common().create, onSend: send, cancel: { label: common().cancel, onCancel: onClose } },
      use(Field, {
        label: common().name,
        value: name.value,
        isRequired: true,
        isFirst: true,
        maxLength: 100,
        onValue: (value) => {
          name.value = value;
        },
      }),
      use(CommandLine, {
        line: `tidegate iam trusted-profile-create ${shellWord(name.value.trim() || 'NAME')}`,
      }),
    ),
  );
};

export const page: Page = { title: () => text().title, View: Profiles };
