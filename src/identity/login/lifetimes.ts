/** Lifetimes in milliseconds; IBM's defaults (IAM account settings) where IBM has the thing. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const ACCESS_TOKEN = HOUR;
export const REFRESH_TOKEN = 72 * HOUR;
export const SESSION = 24 * HOUR;
export const SESSION_IDLE = 2 * HOUR;
/** A docker bearer. It carries no rights, so its life bounds nothing but how often clients ask again. */
export const BEARER = 15 * MINUTE;
export const PASSCODE = 5 * MINUTE;
export const INVITATION = 30 * 24 * HOUR;
