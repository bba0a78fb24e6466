import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ownIdentities, unlinkIdentity } from '../../../client/federated-identities.ts';
import type { FederatedIdentity } from '../../../wire/federated-identities.ts';
import { Confirm } from '../../kit/confirm.ts';
import { Fault } from '../../kit/fault.ts';
import { html, use } from '../../kit/html.ts';
import { Name } from '../../kit/layout.ts';
import { useLoad } from '../../kit/load.ts';
import { Table } from '../../kit/table.ts';
import type { Page } from '../../routing/page.ts';
import { BASE } from '../../routing/place.ts';
import { api } from '../../session/client.ts';
import { session, travel } from '../../session/session.ts';
import { inBoth } from '../../text/language.ts';
import { visible } from '../../text/values.ts';

const text = inBoth(
  {
    title: 'Linked identities',
    none: 'No identity is linked to you.',
    link: (provider: string) => `Link an identity at ${provider}`,
    provider: 'Provider',
    who: 'Identity',
    unlink: 'Unlink',
    unlinkTitle: (who: string) => `Unlink ${who}`,
    ends: 'What you signed in to with it ends, maybe this page too.',
  },
  {
    title: '연결된 ID',
    none: '연결된 ID가 없습니다.',
    link: (provider: string) => `ID 연결: ${provider}`,
    provider: '공급자',
    who: 'ID',
    unlink: '연결 해제',
    unlinkTitle: (who: string) => `${who} 연결 해제`,
    ends: '이 ID로 로그인한 세션은 모두 종료됩니다. 이 페이지도 해당될 수 있습니다.',
  },
);

const nameOf = ({ email, name, subject }: FederatedIdentity): string => visible(email ?? name ?? subject);

const Identities = (): VNode => {
  const { value, fault, again } = useLoad('identities', () => ownIdentities(api));
  const linking = useSignal<Error | undefined>(undefined);
  const going = useSignal<FederatedIdentity | undefined>(undefined);
  const providers = session.value?.providers ?? [];
  const link = (issuer: string): void => {
    travel('link', { issuer, return: `${BASE}/me/identities` }).catch((error: Error) => {
      linking.value = error;
    });
  };
  if (fault) return use(Fault, { fault, again });
  return html.div(
    {},
    html.div(
      { class: 'toolbar' },
      providers.map(({ name, label }) =>
        html.button({ key: name, type: 'button', onClick: () => link(name) }, text().link(visible(label))),
      ),
    ),
    linking.value && use(Fault, { fault: linking.value }),
    value?.length === 0 && html.p({ class: 'empty' }, text().none),
    value &&
      value.length > 0 &&
      use(Table<FederatedIdentity>, {
        caption: text().title,
        rows: value,
        rowKey: ({ id }) => id,
        columns: [
          { key: 'who', head: text().who, cell: (each) => use(Name, {}, nameOf(each)) },
          { key: 'provider', head: text().provider, cell: ({ issuer }) => use(Name, {}, visible(issuer)) },
          {
            key: 'unlink',
            head: '',
            cell: (each) =>
              html.button(
                {
                  type: 'button',
                  onClick: () => {
                    going.value = each;
                  },
                },
                text().unlink,
              ),
          },
        ],
      }),
    going.value &&
      use(Confirm, {
        title: text().unlinkTitle(nameOf(going.value)),
        action: text().unlink,
        note: text().ends,
        onConfirm: async () => {
          await unlinkIdentity(api, going.value?.id ?? '');
          again();
          return undefined;
        },
        onClose: () => {
          going.value = undefined;
        },
      }),
  );
};

export const page: Page = { title: () => text().title, View: Identities };
