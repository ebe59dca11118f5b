import type { Alert } from '../src/plugin/plugin.ts';
import { createMailAlert, type MailSettings } from './mail.ts';

/** Every alert that tells people, by its `type` in the configuration. `director`: its name there. */
export function createAlerts(mail: MailSettings | null, director: string): ReadonlyMap<string, Alert> {
  return new Map([createMailAlert(mail, director)].map((alert) => [alert.type, alert]));
}

/** The same for those who only ask for types and options. */
export const alerts: ReadonlyMap<string, Alert> = createAlerts(null, '');
