import type { VNode } from 'preact';
import { WEBHOOK_EVENTS, type WebhookEvent } from '../../../wire/webhooks.ts';
import { Switch } from '../../kit/form.ts';
import { html, use } from '../../kit/html.ts';
import { inBoth } from '../../text/language.ts';

const text = inBoth({ events: 'Events' }, { events: '이벤트' });

export interface EventsFieldProps {
  readonly events: readonly WebhookEvent[];
  readonly onChange: (events: readonly WebhookEvent[]) => void;
}

/** What a webhook is told of. */
export const EventsField = ({ events, onChange }: EventsFieldProps): VNode =>
  html.fieldset(
    {},
    html.legend({}, text().events),
    WEBHOOK_EVENTS.map((event) =>
      use(Switch, {
        key: event,
        label: event,
        isOn: events.includes(event),
        onChange: (isOn) => onChange(isOn ? [...events, event] : events.filter((each) => each !== event)),
      }),
    ),
  );

/** The same as options of a command. */
export const eventOptions = (events: readonly WebhookEvent[]): string =>
  events.map((event) => ` --event ${event}`).join('');
