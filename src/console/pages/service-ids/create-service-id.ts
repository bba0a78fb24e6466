import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { ServiceIdClient } from '../../../client/service-ids.ts';
import type { ServiceId } from '../../../wire/service-ids.ts';
import { announce } from '../../kit/announce.ts';
import { CommandLine } from '../../kit/copy.ts';
import { Dialog } from '../../kit/dialog.ts';
import { Field, Form, Switch } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { address } from '../../routing/place.ts';
import { accountId, api } from '../../session/client.ts';
import { inBoth } from '../../text/language.ts';
import { shellWord, visible } from '../../text/values.ts';
import { common } from '../../text/words.ts';
import { EndChoice, endOption, IN_90_DAYS, iamEnd } from '../api-keys/end-choice.ts';
import { KeySecret } from '../api-keys/key-secret.ts';
import { serviceIdWords } from './words.ts';

const text = inBoth(
  {
    withKey: 'With an API key',
    keyName: 'Name of the key',
    keyEnds: 'The key ends',
    nameHint: 'The program that signs in as it: “build”, “production pull”.',
    created: (name: string) => `Service ID ${name} was created. It may do nothing until it gets a policy.`,
    give: 'Give it access',
    see: 'To the service ID',
    done: 'Done',
  },
  {
    withKey: 'API 키도 함께 만들기',
    keyName: '키 이름',
    keyEnds: '키 만료',
    nameHint: '이 서비스 ID로 로그인하는 프로그램. 예: “빌드”, “운영 가져오기”.',
    created: (name: string) =>
      `서비스 ID ${name} 항목을 만들었습니다. 정책이 없으면 아무 작업도 할 수 없습니다.`,
    give: '액세스 부여',
    see: '서비스 ID로 이동',
    done: '완료',
  },
);

/** A form for a new service ID; then the secret of its key, where one was asked for; then what comes next. */
export const CreateServiceId = ({ onClose }: { onClose: () => void }): VNode => {
  const made = useSignal<ServiceId | undefined>(undefined);
  const isStored = useSignal(false);
  const { value } = made;
  if (!value)
    return use(CreateForm, { key: 'form', onClose, onMade: (serviceId) => (made.value = serviceId) });
  if (value.apikey && !isStored.value)
    return use(KeySecret, { key: 'secret', made: value.apikey, onClose: () => (isStored.value = true) });
  return use(Next, { key: 'next', serviceId: value, onClose });
};

const CreateForm = ({
  onClose,
  onMade,
}: {
  onClose: () => void;
  onMade: (serviceId: ServiceId) => void;
}): VNode => {
  const name = useSignal('');
  const description = useSignal('');
  const withKey = useSignal(true);
  const keyName = useSignal('');
  const end = useSignal(IN_90_DAYS);
  const given = name.value.trim();
  const givenKey = keyName.value.trim() || given;
  const send = async (): Promise<void> => {
    const made = await new ServiceIdClient(api).create({
      account_id: accountId(),
      name: given,
      description: description.value,
      ...(withKey.value ? { apikey: { name: givenKey, ...iamEnd(end.value) } } : {}),
    });
    announce(text().created(visible(given)));
    onMade(made);
  };
  const word = shellWord(given || 'NAME');
  const option = description.value === '' ? '' : ` -d ${shellWord(description.value)}`;
  const keyWord = shellWord(givenKey || 'KEY');
  return use(
    Dialog,
    { title: serviceIdWords().create, onClose },
    use(
      Form,
      {
        action: common().create,
        onSend: send,
        isReady: given !== '',
        cancel: { label: common().cancel, onCancel: onClose },
      },
      use(Field, {
        label: common().name,
        hint: text().nameHint,
        value: name.value,
        isRequired: true,
        isFirst: true,
        maxLength: 256,
        onValue: (value) => (name.value = value),
      }),
      use(Field, {
        label: common().description,
        value: description.value,
        onValue: (value) => (description.value = value),
      }),
      use(Switch, {
        label: text().withKey,
        isOn: withKey.value,
        onChange: (isOn) => (withKey.value = isOn),
      }),
      withKey.value &&
        use(Field, {
          label: text().keyName,
          value: keyName.value,
          placeholder: given,
          maxLength: 256,
          onValue: (value) => (keyName.value = value),
        }),
      withKey.value &&
        use(EndChoice, { label: text().keyEnds, value: end.value, onValue: (value) => (end.value = value) }),
      use(CommandLine, { line: `tidegate iam service-id-create ${word}${option}` }),
      withKey.value &&
        use(CommandLine, {
          line: `tidegate iam service-api-key-create ${keyWord} ${word}${endOption(end.value)}`,
        }),
    ),
  );
};

const Next = ({ serviceId, onClose }: { serviceId: ServiceId; onClose: () => void }): VNode =>
  use(
    Dialog,
    { title: serviceIdWords().named(visible(serviceId.name)), onClose },
    html.p({}, text().created(visible(serviceId.name))),
    html.div(
      { class: 'buttons' },
      html.button({ type: 'button', onClick: onClose }, text().done),
      html.a({ class: 'button', href: address('service-ids', serviceId.id) }, text().see),
      html.a(
        {
          class: 'button primary',
          href: `/console/policies/new?iam_id=${encodeURIComponent(serviceId.iam_id)}`,
        },
        text().give,
      ),
    ),
  );
