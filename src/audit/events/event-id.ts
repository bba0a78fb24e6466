import { timedId } from '../../ids.ts';

/** The id of an event: events stand in the order in which they happened. */
export const eventId = (at: number): string => timedId('Event', at);
